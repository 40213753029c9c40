//! The two tables against each other.
