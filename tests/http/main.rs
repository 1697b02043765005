//! The network's promises. One program for all of them, since linking takes longer than running.

#[path = "../common/mod.rs"]
mod common;

mod api;
mod calibration;
mod chat;
mod context;
mod coverage;
mod errors;
mod feedback;
mod limits;
mod machines;
mod misses;
mod pages;
mod people;
mod person;
mod queue;
mod said;
mod server;
mod settings;
mod staff_pages;
mod stream;
mod talk;
