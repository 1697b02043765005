//! Mail's promises: what is queued arrives once, is tried again when it fails for now, and is given up visibly when it
//! fails for good. Against an SMTP server written for these tests, on the loopback.

mod desk;
#[allow(dead_code, reason = "the store's tests use the rest")]
#[path = "../store/harness.rs"]
mod harness;
mod sending;
mod sink;
