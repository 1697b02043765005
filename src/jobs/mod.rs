//! What happens by itself while the server runs.
pub mod mailer;
pub mod outgoing;
pub mod watch;
