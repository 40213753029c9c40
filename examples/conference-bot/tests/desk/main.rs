//! The organisers' desk over real HTTP on loopback.

mod access;
mod exports;
mod hostile;
mod moderation;
mod organising;
mod privacy;
mod support;
