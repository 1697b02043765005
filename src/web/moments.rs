//! Moments on pages for staff: how they are told, and how a field of a form says one. Pure.
//!
//! A field holds the clock on the wall of one time zone, to the minute. A clock that goes back shows an hour twice, and the
//! first one is meant; an hour that it skips is no moment, and whoever types one is told.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

/// "26 November 2026, 02:00".
pub fn told(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M").to_string()
}

/// As a field of the type `datetime-local` holds it: `2026-11-26T02:00`.
pub fn to_field(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The moment that a field means.
///
/// # Errors
/// What is wrong with it, to be read after the field's name. `name` is what people call the zone.
pub fn from_field(text: &str, zone: &TimeZone, name: &str) -> Result<Timestamp, String> {
    let unreadable = || "must be a day and a time, such as 2026-12-24 18:00".to_owned();
    // Somebody whose browser has no such field types a space. What has an offset means another clock than this one.
    let text = text.trim();
    let is_local = text.parse::<Timestamp>().is_err();
    let local: DateTime = text.parse().map_err(|_| unreadable())?;
    let local = local.with().second(0).subsec_nanosecond(0).build();
    let local = local.ok().filter(|_| is_local).ok_or_else(unreadable)?;
    let offset = zone.to_ambiguous_timestamp(local).offset();
    if let AmbiguousOffset::Gap { before, after } = offset {
        // With the offset that counts before the change, it lies as far behind the change as it is inside of the gap.
        let behind = before.to_timestamp(local).map_err(|_| unreadable())?;
        let change = zone.preceding(behind).next().map(|change| change.timestamp());
        let clocks = change.map(|change| {
            let wall = |offset: jiff::tz::Offset| offset.to_datetime(change).strftime("%H:%M").to_string();
            format!(": clocks go from {} to {} on that day", wall(before), wall(after))
        });
        return Err(format!(
            "does not exist in {name}{}. Choose an earlier or a later time",
            clocks.unwrap_or_default()
        ));
    }
    zone.to_timestamp(local).map_err(|_| unreadable())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    fn read(text: &str, name: &str) -> Result<String, String> {
        from_field(text, &zone(name), name).map(|at| at.to_string())
    }

    #[test]
    fn a_field_means_the_clock_of_its_zone() {
        for (name, expected) in [
            ("Asia/Jakarta", "2026-12-24T11:00:00Z"),
            ("UTC", "2026-12-24T18:00:00Z"),
        ] {
            assert_eq!(read("2026-12-24T18:00", name).as_deref(), Ok(expected));
            let at: Timestamp = expected.parse().expect("a time");
            assert_eq!(to_field(at, &zone(name)), "2026-12-24T18:00");
        }
        assert_eq!(
            read("2026-12-24 18:00:59", "UTC").as_deref(),
            Ok("2026-12-24T18:00:00Z")
        );
        let at = "2026-12-24T11:00:00Z".parse().expect("a time");
        assert_eq!(told(at, &zone("Asia/Jakarta")), "24 December 2026, 18:00");
    }

    #[test]
    fn an_hour_that_clocks_skip_is_refused_and_of_two_the_first_is_meant() {
        let gap = read("2026-03-29T02:30", "Europe/Berlin").expect_err("it does not exist");
        assert_eq!(
            gap,
            "does not exist in Europe/Berlin: clocks go from 02:00 to 03:00 on that day. Choose an earlier or a later time"
        );
        assert_eq!(
            read("2026-03-29T03:00", "Europe/Berlin").as_deref(),
            Ok("2026-03-29T01:00:00Z")
        );
        assert_eq!(
            read("2026-03-29T01:59", "Europe/Berlin").as_deref(),
            Ok("2026-03-29T00:59:00Z")
        );
        assert!(read("2026-03-29T02:00", "Europe/Berlin").is_err());
        // In summer time; an hour later clocks show the same.
        assert_eq!(
            read("2026-10-25T02:30", "Europe/Berlin").as_deref(),
            Ok("2026-10-25T00:30:00Z")
        );
        // Half an hour, on an island.
        let gap = read("2026-10-04T02:15", "Australia/Lord_Howe").expect_err("it does not exist");
        assert!(gap.contains("from 02:00 to 02:30"), "{gap}");
    }

    #[test]
    fn what_is_no_day_and_time_is_told() {
        for text in [
            "",
            "soon",
            "2026-13-01T00:00",
            "2026-12-24T18:00:00+07:00",
            "2026-12-24T18:00Z",
        ] {
            assert!(
                read(text, "UTC").is_err_and(|why| why.contains("a day and a time")),
                "{text}"
            );
        }
    }
}
