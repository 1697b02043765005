//! Reads the understood keys out of front matter, whatever type a writer gave them.

use serde_json::{Map, Value};

/// Front matter keys with their types tolerated; what is taken is removed, the rest is left over.
pub(super) struct Fields {
    values: Map<String, Value>,
    /// Keys whose value could not be used: the key and what was expected.
    pub(super) unusable: Vec<(String, &'static str)>,
}

impl Fields {
    pub(super) fn new(values: Map<String, Value>) -> Self {
        Self {
            values,
            unusable: Vec::new(),
        }
    }

    /// Everything that nobody took.
    pub(super) fn rest(self) -> Map<String, Value> {
        self.values
    }

    /// The first of these keys (in this order, whatever case they are in) that has a value.
    fn take(&mut self, keys: &[&str]) -> Option<(String, Value)> {
        let mut found = None;
        for key in keys {
            let Some(name) = self.values.keys().find(|k| k.eq_ignore_ascii_case(key)).cloned() else {
                continue;
            };
            let value = self.values.shift_remove(&name).unwrap_or(Value::Null);
            if found.is_none() && !value.is_null() {
                found = Some((name, value));
            }
        }
        found
    }

    pub(super) fn text(&mut self, keys: &[&str]) -> Option<String> {
        let (key, value) = self.take(keys)?;
        let Some(text) = scalar(&value) else {
            self.unusable.push((key.clone(), "text"));
            self.values.insert(key, value);
            return None;
        };
        Some(text).filter(|t| !t.is_empty())
    }

    /// Lists, single values, and `a, b` where `Commas` says so.
    pub(super) fn list(&mut self, keys: &[&str], commas: Commas) -> Vec<String> {
        let mut items = Vec::new();
        for key in keys {
            let Some((key, value)) = self.take(&[key]) else {
                continue;
            };
            match value {
                Value::Array(values) => items.extend(values.iter().filter_map(scalar)),
                Value::Object(_) => {
                    self.unusable.push((key.clone(), "a list"));
                    self.values.insert(key, value);
                }
                value => {
                    let text = scalar(&value).unwrap_or_default();
                    match commas {
                        Commas::Separate => items.extend(text.split(',').map(|t| t.trim().to_owned())),
                        Commas::AreText => items.push(text),
                    }
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        items.retain(|item| !item.is_empty() && seen.insert(item.clone()));
        items
    }

    pub(super) fn flag(&mut self, keys: &[&str]) -> Option<bool> {
        let (key, value) = self.take(keys)?;
        let text = scalar(&value).unwrap_or_default().to_ascii_lowercase();
        match text.as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => {
                self.unusable.push((key.clone(), "true or false"));
                self.values.insert(key, value);
                None
            }
        }
    }

    /// A date as `2026-05-01`; a time of day is dropped.
    pub(super) fn date(&mut self, keys: &[&str]) -> Option<String> {
        let (key, value) = self.take(keys)?;
        // Docusaurus: `last_update: {date: 2026-05-01, author: …}`.
        let inner = value.as_object().and_then(|o| o.get("date")).unwrap_or(&value);
        let date = scalar(inner).as_deref().and_then(iso_date);
        if date.is_none() {
            self.unusable.push((key.clone(), "a date such as 2026-05-01"));
            self.values.insert(key, value);
        }
        date
    }
}

/// Whether a comma in a single text separates items.
#[derive(Clone, Copy)]
pub(super) enum Commas {
    Separate,
    AreText,
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The day at the start of an ISO date or time.
pub(super) fn iso_date(text: &str) -> Option<String> {
    let day: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    let ends = text[10..].chars().next().is_none_or(|c| matches!(c, 'T' | 't' | ' '));
    ends.then(|| day.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        Fields::new(value.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn types_are_tolerated() {
        let mut f = fields(
            json!({"title": 404, "tags": "a, b", "keywords": ["b", 3], "Draft": "yes", "questions": "Why, how?"}),
        );
        assert_eq!(f.text(&["title"]).as_deref(), Some("404"));
        assert_eq!(f.list(&["tags", "keywords"], Commas::Separate), ["a", "b", "3"]);
        assert_eq!(f.list(&["questions"], Commas::AreText), ["Why, how?"]);
        assert_eq!(f.flag(&["draft"]), Some(true));
        assert!(f.unusable.is_empty() && f.rest().is_empty());
    }

    #[test]
    fn dates_lose_their_time_and_bad_ones_are_told() {
        let mut f = fields(
            json!({"date": "2026-05-01 10:00:00 +0800", "lastmod": "May 1", "last_update": {"date": "2026-05-02"}}),
        );
        assert_eq!(f.date(&["date"]).as_deref(), Some("2026-05-01"));
        assert_eq!(f.date(&["last_update"]).as_deref(), Some("2026-05-02"));
        assert_eq!(f.date(&["lastmod"]), None);
        assert_eq!(f.unusable, [("lastmod".to_owned(), "a date such as 2026-05-01")]);
        assert!(f.rest().contains_key("lastmod"));
    }
}
