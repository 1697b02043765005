//! How long what people said and did is kept, in days; 0 keeps it for ever.

use serde::Deserialize;

use super::check::Violations;

/// A hundred years: beyond it, 0 is what was meant.
const MOST_DAYS: u32 = 36_500;

/// How long what people said and did is kept, in days; 0 keeps it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// The log of questions, since they were asked.
    pub questions: u32,
    /// Conversations that have ended, with their turns, tickets and mails, since their last change.
    pub conversations: u32,
    /// Live events, for clients that come back.
    pub outbox: u32,
    /// Sessions and sign-in links of staff, since they ran out.
    pub sessions: u32,
    /// The log of who did what.
    pub audit: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        RetentionConfig {
            questions: 730,
            conversations: 730,
            outbox: 7,
            sessions: 30,
            audit: 1095,
        }
    }
}

pub(super) fn check(retention: &RetentionConfig, found: &mut Violations) {
    let RetentionConfig {
        questions,
        conversations,
        outbox,
        sessions,
        audit,
    } = retention;
    for (key, days) in [
        ("questions", questions),
        ("conversations", conversations),
        ("outbox", outbox),
        ("sessions", sessions),
        ("audit", audit),
    ] {
        found.unless(
            *days <= MOST_DAYS,
            format!("retention.{key}"),
            days,
            format!("must be 0 (for ever) to {MOST_DAYS} days"),
        );
    }
}
