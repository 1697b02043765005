//! The receipt's sentences, made of the words in [`super::tables`], which are written out in each language instead of
//! translated word by word. What is about money, safety, law or a complaint is told without any lightness.

use jiff::{Timestamp, ToSpan, Zoned, civil::Weekday, tz::TimeZone};

use super::tables::{ALL, Texts, filled};

impl Texts {
    /// The table of this language (BCP 47); English where there is none.
    pub(super) fn of(tag: &str) -> &'static Texts {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let found = ALL.iter().find(|texts| texts.code.eq_ignore_ascii_case(primary));
        found.unwrap_or(&ALL[0])
    }

    /// Who answers by when.
    pub(super) fn answers_by(&self, team: Option<&str>, by: &str) -> String {
        match team {
            Some(team) => filled(self.answers_team, &[("team", team), ("by", by)]),
            None => filled(self.answers, &[("by", by)]),
        }
    }

    /// Nobody is there until then: one sentence.
    pub(super) fn closed_until(&self, opens: &str) -> String {
        filled(self.closed, &[("opens", opens)])
    }

    /// What happens until the answer.
    pub(super) fn what_meanwhile(&self, has_email: bool) -> &'static str {
        match has_email {
            true => self.meanwhile_email,
            false => self.meanwhile,
        }
    }

    /// The sentence with the reference.
    pub(super) fn your_reference(&self, reference: &str) -> String {
        filled(self.reference, &[("reference", reference)])
    }

    /// What a team is called in the middle of a sentence; `None` for the team that everything else goes to.
    pub(super) fn team(&self, team: &str) -> Option<String> {
        let team = team.trim();
        if team == "support" {
            return None;
        }
        let known = self.teams.iter().find(|(known, _)| *known == team);
        Some(match known {
            Some((_, name)) => (*name).to_owned(),
            None => filled(self.other_team, &[("team", &team.replace(['-', '_'], " "))]),
        })
    }

    /// A moment in words, with "today" or "tomorrow" before the date, since the date stays right when it is read later.
    pub(super) fn moment_from(&self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let today = zone.to_datetime(now).date();
        let day = if local.date() == today {
            self.today
        } else if today
            .checked_add(1.day())
            .is_ok_and(|tomorrow| local.date() == tomorrow)
        {
            self.tomorrow
        } else {
            ""
        };
        format!("{day}{}", self.moment(&local))
    }

    /// A moment in words.
    pub(super) fn moment(&self, at: &Zoned) -> String {
        let month = usize::from(at.month().unsigned_abs()) - 1;
        let weekday = usize::from(at.weekday().to_monday_zero_offset().unsigned_abs());
        let (hour, minute) = (at.hour(), at.minute());
        let clock = [
            ("hh", &*format!("{hour:02}")),
            ("h", &hour.to_string()),
            ("mm", &format!("{minute:02}")),
        ];
        filled(
            self.moment,
            &[
                ("weekday", self.days[weekday]),
                ("day", &at.day().to_string()),
                ("month", self.months[month]),
                ("year", &at.year().to_string()),
                ("time", &filled(self.time, &clock)),
                ("zone", &zone_name(at)),
            ],
        )
    }
}

/// `UTC`, `WIB`, `JST`, or the offset where the zone has no name of letters.
pub(crate) fn zone_name(at: &Zoned) -> String {
    let name = at.strftime("%Z").to_string();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        at.strftime("UTC%:z").to_string()
    }
}

/// The index of arrays above starts on Monday.
const _: () = assert!(Weekday::Monday.to_monday_zero_offset() == 0);
