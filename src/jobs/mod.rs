//! What happens by itself while the server runs.
pub mod clock;
pub mod watch;
