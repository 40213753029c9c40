//! The example programs live beside this file.
