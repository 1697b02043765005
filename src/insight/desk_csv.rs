//! Managers' numbers as tables for spreadsheets.

use super::{
    DeskNumbers,
    sheets::{as_text, write},
};

/// A table of the desk's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskTable {
    /// People, with what they carry and took on.
    People,
    /// Teams.
    Teams,
    /// First replies by day.
    Replies,
    /// What needs somebody now.
    Urgent,
}

impl DeskTable {
    /// All of them.
    pub const ALL: [DeskTable; 4] = [
        DeskTable::People,
        DeskTable::Teams,
        DeskTable::Replies,
        DeskTable::Urgent,
    ];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            DeskTable::People => "people",
            DeskTable::Teams => "teams",
            DeskTable::Replies => "replies",
            DeskTable::Urgent => "urgent",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == word)
    }

    /// The table as CSV. Texts that a spreadsheet would run as a formula get a mark that makes them texts.
    pub fn csv(self, numbers: &DeskNumbers) -> String {
        let (head, rows) = match self {
            DeskTable::People => people(numbers),
            DeskTable::Teams => teams(numbers),
            DeskTable::Replies => replies(numbers),
            DeskTable::Urgent => urgent(numbers),
        };
        let mut bytes = Vec::new();
        // Writing into memory does not fail.
        let _ = write(&mut bytes, head, rows.into_iter());
        String::from_utf8(bytes).unwrap_or_default()
    }
}

type Table = (&'static [&'static str], Vec<Vec<String>>);

fn or_nothing(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn people(numbers: &DeskNumbers) -> Table {
    let head = &[
        "name",
        "open",
        "claimed",
        "complex",
        "capacity",
        "available",
        "taken",
        "taken_complex",
    ];
    let rows = numbers.people.iter().map(|person| {
        vec![
            as_text(&person.name),
            person.open.to_string(),
            person.claimed.to_string(),
            person.complex.to_string(),
            or_nothing(person.capacity),
            person.available.to_string(),
            person.taken.to_string(),
            person.taken_complex.to_string(),
        ]
    });
    (head, rows.collect())
}

fn teams(numbers: &DeskNumbers) -> Table {
    let head = &[
        "team",
        "open",
        "waiting",
        "unassigned",
        "complex",
        "longest_minutes",
        "promises_kept",
        "promises_known",
        "low",
        "high",
    ];
    let rows = numbers.teams.iter().map(|team| {
        vec![
            as_text(&team.team),
            team.open.to_string(),
            team.waiting.to_string(),
            team.unassigned.to_string(),
            team.complex.to_string(),
            or_nothing(team.longest_minutes),
            team.kept.count.to_string(),
            team.kept.of.to_string(),
            format!("{:.4}", team.kept.low),
            format!("{:.4}", team.kept.high),
        ]
    });
    (head, rows.collect())
}

fn replies(numbers: &DeskNumbers) -> Table {
    let head = &["day", "opened", "replied", "median_minutes", "p80_minutes"];
    let rows = numbers.replies.iter().map(|day| {
        vec![
            day.day.to_string(),
            day.opened.to_string(),
            day.replied.to_string(),
            or_nothing(day.median_minutes),
            or_nothing(day.p80_minutes),
        ]
    });
    (head, rows.collect())
}

fn urgent(numbers: &DeskNumbers) -> Table {
    let head = &["reference", "team", "assignee", "why", "waiting_minutes", "question"];
    let rows = numbers.urgent.iter().map(|ticket| {
        let why: Vec<&str> = ticket.why.iter().map(|why| why.words()).collect();
        vec![
            ticket.reference.clone(),
            as_text(&ticket.team),
            as_text(ticket.assignee.as_deref().unwrap_or_default()),
            why.join("; "),
            or_nothing(ticket.waiting_minutes),
            as_text(&ticket.question),
        ]
    });
    (head, rows.collect())
}
