//! What happens by itself while the server runs.
pub mod clock;
pub mod mailer;
pub mod outgoing;
pub mod retention;
pub mod watch;
