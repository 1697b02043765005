//! Rules as forms show them and as people read them: texts of rules taken apart, changed in one place, and put together
//! again. Pure.
//!
//! What nobody has changed stays as it was written, byte for byte: comments, order, spelling. A condition or a pattern that
//! a form cannot say is kept as its text.

pub mod because;
pub mod blocks;
pub mod merge;
pub mod patterns;
pub mod routing_rule;
pub mod rows;
pub mod sentence;
pub mod topic;

use toml_edit::{Item, Table, Value};

/// Sets a key; comments above it and behind its old value stay.
fn set(table: &mut Table, key: &str, value: impl Into<Value>) {
    let mut value: Value = value.into();
    match table.get_mut(key) {
        Some(item) => {
            if let Some(old) = item.as_value() {
                *value.decor_mut() = old.decor().clone();
            }
            *item = Item::Value(value);
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// Values from `toml`, written on one line.
fn value_of(value: &toml::Value) -> Result<Value, String> {
    value
        .to_string()
        .parse()
        .map_err(|error: toml_edit::TomlError| error.to_string())
}
