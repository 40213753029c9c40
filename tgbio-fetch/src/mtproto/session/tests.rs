//! Tests of the kept session.
