//! Every place has an answer to everything.
