//! Front matter in YAML, TOML and JSON: where it ends, and what it says as one JSON map.

use std::ops::Range;

use serde_json::{Map, Value};

/// What stands before the body.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    /// Bytes between the marks.
    pub(super) inner: Range<usize>,
    /// Where the body starts: a line start, or the end of the file.
    pub(super) body_start: usize,
    pub(super) values: Map<String, Value>,
    pub(super) broken: Option<Broken>,
}

/// Why front matter could not be read.
#[derive(Debug)]
pub(super) struct Broken {
    /// Byte offset in the file.
    pub(super) at: usize,
    pub(super) reason: String,
}

/// Longer front matter is not read: nobody writes it.
const LONGEST: usize = 256 * 1024;

/// Splits the front matter off `source`; without any, everything is body.
pub(super) fn split(source: &str) -> FrontMatter {
    let start = source.len() - source.trim_start_matches(['\n', '\r']).len();
    let first = first_line(&source[start..]).trim_end();
    match first {
        "---" => fenced(source, start, &["---", "..."], read_yaml),
        "+++" => fenced(source, start, &["+++"], read_toml),
        _ if first.starts_with('{')
            && !first.starts_with("{%")
            && !first.starts_with("{{")
            && !first.starts_with("{:") =>
        {
            json(source, start)
        }
        _ => None,
    }
    .unwrap_or_default()
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// `Ok(None)` means that this is not front matter at all.
type Reading = Result<Option<Map<String, Value>>, Broken>;

fn fenced(source: &str, start: usize, closers: &[&str], read: fn(&str) -> Reading) -> Option<FrontMatter> {
    let inner_start = start + first_line(&source[start..]).len() + 1;
    let mut at = inner_start;
    let close = loop {
        let line = first_line(source.get(at..).filter(|rest| !rest.is_empty())?);
        if closers.contains(&line.trim_end()) {
            break at;
        }
        at += line.len() + 1;
        if at - inner_start > LONGEST {
            return None;
        }
    };
    let inner = inner_start..close;
    let body_start = (close + first_line(&source[close..]).len() + 1).min(source.len());
    let text = &source[inner.clone()];
    let (values, broken) = match read(text) {
        Ok(values) => (values?, None),
        // Two thematic breaks with prose between them are not front matter.
        Err(_) if !text.lines().any(looks_like_a_key) => return None,
        Err(broken) => (
            rescued(text),
            Some(Broken {
                at: inner.start + broken.at,
                ..broken
            }),
        ),
    };
    Some(FrontMatter {
        inner,
        body_start,
        values,
        broken,
    })
}

fn looks_like_a_key(line: &str) -> bool {
    let key = line.split([':', '=']).next().unwrap_or_default();
    key.len() < line.len()
        && !key.is_empty()
        && key
            .trim()
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'"'))
}

/// A draft must not go public because another line has a typing error.
fn rescued(text: &str) -> Map<String, Value> {
    let mut values = Map::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once([':', '=']) else {
            continue;
        };
        let key = key.trim().trim_matches('"');
        if ["draft", "published", "unlisted", "expirydate", "answerable"].contains(&key.to_ascii_lowercase().as_str()) {
            let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
            values.insert(key.to_owned(), Value::String(value.to_owned()));
        }
    }
    values
}

fn read_yaml(text: &str) -> Reading {
    let options = serde_saphyr::options! {
        // Enough for any front matter; stops alias bombs and deep nesting.
        budget: serde_saphyr::budget! {
            max_depth: 32,
            flow_nesting_limit: 32,
            max_aliases: 100,
            max_anchors: 100,
            max_events: 50_000,
            max_nodes: 20_000,
            max_documents: 1,
            max_merge_keys: 100,
            max_recorded_anchor_events: 50_000,
            max_total_scalar_bytes: 1 << 20,
        },
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
        // `lang: no` is Norwegian.
        strict_booleans: true,
        with_snippet: false,
    };
    if text
        .lines()
        .all(|l| l.trim().is_empty() || l.trim_start().starts_with('#'))
    {
        return Ok(Some(Map::new()));
    }
    match serde_saphyr::from_str_with_options::<Value>(text, options) {
        Ok(Value::Object(values)) => Ok(Some(values)),
        Ok(Value::Null) => Ok(Some(Map::new())),
        Ok(_) => Ok(None),
        Err(error) => {
            let line = error.location().map_or(1, |l| usize::try_from(l.line()).unwrap_or(1));
            Err(Broken {
                at: offset_of_line(text, line),
                reason: first_line(&error.to_string()).trim().to_owned(),
            })
        }
    }
}

fn offset_of_line(text: &str, line: usize) -> usize {
    text.split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum()
}

fn read_toml(text: &str) -> Reading {
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(Some(table.into_iter().map(|(k, v)| (k, json_of_toml(v))).collect())),
        Err(error) => Err(Broken {
            at: error.span().map_or(0, |s| s.start).min(text.len()),
            reason: first_line(error.message()).trim().to_owned(),
        }),
    }
}

/// The parser limits nesting, so this recursion is shallow.
fn json_of_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(s) => s.into(),
        toml::Value::Integer(n) => n.into(),
        toml::Value::Float(n) => n.into(),
        toml::Value::Boolean(b) => b.into(),
        toml::Value::Datetime(t) => t.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json_of_toml).collect(),
        toml::Value::Table(table) => Value::Object(table.into_iter().map(|(k, v)| (k, json_of_toml(v))).collect()),
    }
}

fn json(source: &str, start: usize) -> Option<FrontMatter> {
    let text = &source[start..];
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Value>>();
    match values.next()? {
        Ok(map) => {
            let end = start + values.byte_offset();
            let rest = first_line(&source[end..]);
            let body_start = (end + rest.len() + 1).min(source.len());
            rest.trim().is_empty().then(|| FrontMatter {
                inner: start..end,
                body_start,
                values: map,
                broken: None,
            })
        }
        Err(error) => {
            // Only what was meant as front matter is worth a report: keys in quotes, and a closing brace on its own line.
            let mut end = 0;
            let close = text.split_inclusive('\n').find(|line| {
                end += line.len();
                line.trim_end() == "}"
            })?;
            let inner = &text[..end - close.len()];
            if !inner
                .lines()
                .any(|l| l.trim_start().trim_start_matches('{').trim_start().starts_with('"'))
            {
                return None;
            }
            Some(FrontMatter {
                inner: start..start + end,
                body_start: start + end,
                values: rescued(inner),
                broken: Some(Broken {
                    at: start + offset_of_line(text, error.line()),
                    reason: error.to_string(),
                }),
            })
        }
    }
}

#[cfg(test)]
#[path = "front_matter_tests.rs"]
mod tests;
