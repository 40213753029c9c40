//! Tests of the parts that need no data centre.
