//! What people rely on, tried with the real model on real files: a file here for each promise.
//!
//! Tests that need ONNX Runtime (`make setup`) or the evaluation sets (`TANYA_EVAL_DIR`) pass without them, after one
//! line on stderr that says so. `SOAK=1` makes the crash test long.

mod client;
mod contract;
mod crash;
mod determinism;
mod explain;
mod follow_ups;
mod incremental;
mod model;
mod place;
mod quality;
mod score;
mod sections;
mod stories;
mod typing;
mod watch;
