//! How urgent a ticket is.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How urgent a ticket is; the greater is the more urgent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// It can wait.
    Low,
    /// As most are.
    #[default]
    Normal,
    /// Before the others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// All of them, the least urgent first.
    pub const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

    /// The word in files and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// As the store keeps it: 1 to 4.
    pub fn number(self) -> i64 {
        self as i64 + 1
    }

    /// The one with this number; what is out of range is the nearest.
    pub fn from_number(number: i64) -> Self {
        match number {
            ..=1 => Priority::Low,
            2 => Priority::Normal,
            3 => Priority::High,
            4.. => Priority::Urgent,
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_come_back() {
        for (at, priority) in Priority::ALL.into_iter().enumerate() {
            assert_eq!(priority.number(), at as i64 + 1);
            assert_eq!(Priority::from_number(priority.number()), priority);
            assert_eq!(Priority::from_word(priority.as_str()), Some(priority));
        }
        assert_eq!(Priority::from_number(99), Priority::Urgent);
        assert!(Priority::Low < Priority::Urgent);
    }
}
