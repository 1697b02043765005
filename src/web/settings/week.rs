//! Hours of a week and days off as fields of a form. Pure.

use super::{
    Mistaken,
    form::{Form, list},
};
use crate::config::{HolidayConfig, HoursConfig};

/// The days with their keys, Monday first.
pub const DAYS: [(&str, &str); 7] = [
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];
/// Spans of a day that the form offers, more where there are more.
const SPANS: usize = 2;

/// A day in the table.
pub struct DayRow {
    /// `monday`.
    pub key: &'static str,
    /// "Monday".
    pub name: &'static str,
    /// Its hours.
    pub spans: Vec<Span>,
    /// What is wrong with them.
    pub error: Option<String>,
}

/// From when to when.
pub struct Span {
    /// Number of the span within its day.
    pub number: usize,
    /// `09:00`, or nothing.
    pub from: String,
    /// The same.
    pub to: String,
}

/// A day with other hours.
pub struct HolidayRow {
    /// Number of the row.
    pub number: usize,
    /// `2026-12-25` or `12-25`.
    pub date: String,
    /// For people.
    pub name: String,
    /// `09:00-12:00`; nothing means closed.
    pub hours: String,
    /// What is wrong with the day.
    pub date_error: Option<String>,
    /// What is wrong with the hours.
    pub hours_error: Option<String>,
}

/// Puts hours into the fields `monday.0.from`, `holiday.0.date`, ….
pub fn fill(form: &mut Form, hours: &HoursConfig) {
    form.set("always", if hours.is_set() { "no" } else { "yes" });
    for ((key, _), texts) in DAYS.iter().zip(hours.texts_of_days()) {
        for (i, text) in texts.iter().enumerate() {
            let (from, to) = text.split_once('-').unwrap_or((text, ""));
            form.set(format!("{key}.{i}.from"), from.trim());
            // The field of a browser ends a day at 00:00.
            form.set(
                format!("{key}.{i}.to"),
                if to.trim() == "24:00" { "00:00" } else { to.trim() },
            );
        }
    }
    for (i, holiday) in hours.holidays.iter().enumerate() {
        form.set(format!("holiday.{i}.date"), &holiday.date);
        form.set(format!("holiday.{i}.name"), &holiday.name);
        form.set(format!("holiday.{i}.hours"), holiday.hours.join(", "));
    }
}

/// The days of the table.
pub fn days(form: &Form) -> Vec<DayRow> {
    let day = |&(key, name): &(&'static str, &'static str)| {
        let spans = form.rows(key).last().map_or(SPANS, |last| SPANS.max(last + 1));
        let span = |number: usize| Span {
            number,
            from: form.get(&format!("{key}.{number}.from")).to_owned(),
            to: form.get(&format!("{key}.{number}.to")).to_owned(),
        };
        DayRow {
            key,
            name,
            spans: (0..spans).map(span).collect(),
            error: form.error(key).map(str::to_owned),
        }
    };
    DAYS.iter().map(day).collect()
}

/// The days off, and an empty row for another one.
pub fn holidays(form: &Form) -> Vec<HolidayRow> {
    let mut rows = form.rows("holiday");
    rows.push(rows.last().map_or(0, |last| last + 1));
    let row = |number: usize| {
        let name = |field: &str| format!("holiday.{number}.{field}");
        HolidayRow {
            number,
            date: form.get(&name("date")).to_owned(),
            name: form.get(&name("name")).to_owned(),
            hours: form.get(&name("hours")).to_owned(),
            date_error: form.error(&name("date")).map(str::to_owned),
            hours_error: form.error(&name("hours")).map(str::to_owned),
        }
    };
    rows.into_iter().map(row).collect()
}

/// What is to be corrected, in the order of the page.
pub fn mistaken(days: &[DayRow], holidays: &[HolidayRow]) -> Vec<Mistaken> {
    let told = |id: String, label: String, why: &Option<String>| {
        why.clone().map(|why| Mistaken {
            href: format!("#{id}"),
            label,
            why,
        })
    };
    let of_days = days
        .iter()
        .filter_map(|day| told(day.key.to_owned(), format!("Hours on {}", day.name), &day.error));
    let of_holidays = holidays.iter().flat_map(|row| {
        let number = row.number + 1;
        [
            told(
                format!("holiday-{}-date", row.number),
                format!("Day off {number}: Day"),
                &row.date_error,
            ),
            told(
                format!("holiday-{}-hours", row.number),
                format!("Day off {number}: Open"),
                &row.hours_error,
            ),
        ]
    });
    of_days.chain(of_holidays.flatten()).collect()
}

/// Hours that were typed where there had been none are meant, even if "always there" is still chosen beside them: they must
/// not be dropped without a word. Where there were hours (`had_hours`), choosing "always there" leaves them in their fields.
pub fn mean_typed_hours(form: &mut Form, had_hours: bool) {
    if !had_hours && form.get("always") == "yes" && DAYS.iter().any(|(key, _)| !spans(form, key).is_empty()) {
        form.set("always", "no");
    }
}

/// The hours that a form says, with the numbers of the rows that hold days off. What is half filled in is passed on as it
/// is: the check of the config tells it.
pub fn read(form: &Form) -> (HoursConfig, Vec<usize>) {
    let mut hours = HoursConfig::default();
    if form.get("always") != "yes" {
        let week: Vec<Vec<String>> = DAYS.iter().map(|(key, _)| spans(form, key)).collect();
        let [mon, tue, wed, thu, fri, sat, sun] = &week[..] else {
            return (hours, Vec::new());
        };
        let working = [mon, tue, wed, thu, fri];
        if working.iter().all(|day| *day == mon) {
            hours.weekdays = Some(mon.clone());
        } else {
            (hours.monday, hours.tuesday) = (Some(mon.clone()), Some(tue.clone()));
            (hours.wednesday, hours.thursday) = (Some(wed.clone()), Some(thu.clone()));
            hours.friday = Some(fri.clone());
        }
        let unless_empty = |day: &Vec<String>| (!day.is_empty()).then(|| day.clone());
        (hours.saturday, hours.sunday) = (unless_empty(sat), unless_empty(sun));
    }
    let mut rows = Vec::new();
    for row in form.rows("holiday") {
        let get = |field: &str| form.get(&format!("holiday.{row}.{field}"));
        let (date, name, open) = (get("date"), get("name"), get("hours"));
        if date.is_empty() && name.is_empty() && open.is_empty() {
            continue;
        }
        rows.push(row);
        hours.holidays.push(HolidayConfig {
            date: date.to_owned(),
            hours: list(open, &[',', ';'])
                .iter()
                .map(|text| text.replace(['–', '—'], "-").replace(' ', ""))
                .collect(),
            name: name.to_owned(),
        });
    }
    (hours, rows)
}

fn spans(form: &Form, day: &str) -> Vec<String> {
    let span = |row: usize| {
        let get = |field: &str| form.get(&format!("{day}.{row}.{field}"));
        match (get("from"), get("to")) {
            ("", "") => None,
            // All day.
            ("00:00", "00:00") => Some("00:00-24:00".to_owned()),
            (from, to) => Some(format!("{from}-{to}")),
        }
    };
    form.rows(day).into_iter().filter_map(span).collect()
}

/// The field of a key below `table`: `desk.hours.holidays[1].date` is that of the second row that holds anything.
pub fn field_of(key: &str, table: &str, rows: &[usize]) -> Option<String> {
    let rest = key.strip_prefix(table)?.strip_prefix('.')?;
    if let Some(rest) = rest.strip_prefix("holidays[") {
        let (number, field) = rest.split_once("].")?;
        let row = rows.get(number.parse::<usize>().ok()?)?;
        return Some(format!("holiday.{row}.{field}"));
    }
    match rest {
        "weekdays" => Some("monday".to_owned()),
        day => DAYS.iter().any(|(key, _)| *key == day).then(|| day.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> HoursConfig {
        toml::from_str(text).expect("hours")
    }

    #[test]
    fn hours_come_back_from_their_fields() {
        for text in [
            "",
            "weekdays = ['09:00-17:00']",
            "weekdays = ['09:00-12:30', '13:30-18:00']\nsaturday = ['10:00-12:00']",
            "monday = ['00:00-24:00']\ntuesday = []\nwednesday = []\nthursday = []\nfriday = ['22:00-02:00']",
            "[[holidays]]\ndate = '12-25'\nname = 'Christmas'\n[[holidays]]\ndate = '2026-12-24'\nhours = ['09:00-12:00']",
        ] {
            let mut form = Form::default();
            fill(&mut form, &hours(text));
            assert_eq!(read(&form).0, hours(text), "{text}");
        }
    }

    #[test]
    fn typed_hours_are_not_dropped_and_chosen_always_counts() {
        for (had_hours, expected) in [(false, Some(vec!["09:00-17:00".to_owned()])), (true, None)] {
            let mut form = Form::default();
            form.set("always", "yes");
            form.set("monday.0.from", "09:00");
            form.set("monday.0.to", "17:00");
            mean_typed_hours(&mut form, had_hours);
            assert_eq!(read(&form).0.monday, expected);
        }
    }

    #[test]
    fn what_is_half_filled_in_is_told_and_empty_rows_are_left_out() {
        let mut form = Form::default();
        form.set("monday.1.from", "09:00");
        form.set("holiday.0.date", "");
        form.set("holiday.2.name", "Eid");
        let (read, rows) = read(&form);
        assert_eq!(read.monday, Some(vec!["09:00-".into()]));
        assert_eq!((read.holidays.len(), rows.as_slice()), (1, &[2][..]));
        assert!(read.timetable().is_err());
        assert_eq!(
            field_of("desk.hours.holidays[0].date", "desk.hours", &rows).as_deref(),
            Some("holiday.2.date")
        );
        assert_eq!(
            field_of("desk.hours.monday", "desk.hours", &rows).as_deref(),
            Some("monday")
        );
        assert_eq!(field_of("desk.misses", "desk.hours", &rows), None);
    }
}
