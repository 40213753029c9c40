//! The benches live beside this file.
