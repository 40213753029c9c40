//! A Telegram bot for a student conference, composed of tgbio's pieces: registration, papers, invitations, moderation,
//! review and delivery.
//!
//! The conversation is a pure table of steps ([`dialog`]), what it changes are rows ([`store`]), and one update is one
//! transaction ([`engine`]). [`transport`] speaks with Telegram, [`mail`] with an SMTP server, [`run`] keeps all of it
//! going.

pub mod actions;
pub mod blank;
pub mod cli;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod dialog;
pub mod domain;
pub mod engine;
pub mod http;
pub mod mail;
pub mod names;
pub mod organisers;
pub mod run;
pub mod screens;
pub mod store;
pub mod texts;
pub mod transport;
pub mod world;

pub use config::Config;
pub use world::World;
