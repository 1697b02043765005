//! A row as a line of JSON, and a line as a row.

use serde_json::{Map, Value as Json};

use super::{
    super::{
        StoreError,
        db::{Row, Value},
    },
    ArchiveError, Place,
    tables::{Column, Kind, Table},
};

/// Writes a row as one line.
pub(super) fn write_line(table: &Table, row: &Row, line: &mut Vec<u8>) -> Result<(), StoreError> {
    let mut object = Map::with_capacity(table.columns.len());
    for Column { name, kind, .. } in &table.columns {
        let value = match kind {
            Kind::Text => row.optional_text(name)?.map_or(Json::Null, Json::from),
            Kind::Int => row.optional_int(name)?.map_or(Json::Null, Json::from),
            // JSON has no number for infinity; the store itself never keeps one.
            Kind::Real => row.optional_real(name)?.map_or(Json::Null, |number| {
                Json::from(if number.is_finite() { number } else { 0.0 })
            }),
        };
        object.insert(name.clone(), value);
    }
    serde_json::to_writer(&mut *line, &object).map_err(|error| StoreError::Corrupt {
        detail: format!("table {}: {error}", table.name),
    })?;
    line.push(b'\n');
    Ok(())
}

/// The values of a line, in the order of the table's columns. Every column must be there, of its kind, and none else.
pub(super) fn read_line(table: &Table, place: &Place, line: &[u8]) -> Result<Vec<Value>, ArchiveError> {
    let damaged = |reason: String| place.clone().damaged(reason);
    let mut object: Map<String, Json> =
        serde_json::from_slice(line).map_err(|error| damaged(format!("it is no JSON object: {error}")))?;
    let mut values = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let value = object
            .remove(&column.name)
            .ok_or_else(|| damaged(format!("the column {} is missing", column.name)))?;
        values.push(typed(column, value).map_err(damaged)?);
    }
    match object.keys().next() {
        Some(unknown) => {
            let unknown: String = unknown.chars().filter(|c| !c.is_control()).take(60).collect();
            Err(damaged(format!("there is no column {unknown:?}")))
        }
        None => Ok(values),
    }
}

fn typed(column: &Column, value: Json) -> Result<Value, String> {
    let wrong = |kind: &str| format!("the column {} must be {kind}", column.name);
    Ok(match (column.kind, value) {
        (_, Json::Null) if column.required => return Err(format!("the column {} must not be empty", column.name)),
        (Kind::Text, Json::Null) => Value::Text(None),
        (Kind::Int, Json::Null) => Value::Int(None),
        (Kind::Real, Json::Null) => Value::Real(None),
        (Kind::Text, Json::String(text)) => text.into(),
        (Kind::Text, _) => return Err(wrong("a text")),
        (Kind::Int, value) => value.as_i64().ok_or_else(|| wrong("a whole number"))?.into(),
        (Kind::Real, value) => value.as_f64().ok_or_else(|| wrong("a number"))?.into(),
    })
}
