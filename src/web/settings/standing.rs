//! What somebody is doing now, as those who manage people need to know it. Pure.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    desk::people::{Availability, Duty, Permission, Person, Presence},
    web::moments,
};

/// Whoever was seen within this time is told in minutes.
const LATELY: SignedDuration = SignedDuration::from_mins(60);
/// That somebody was seen is written down every five minutes only.
const NOW: SignedDuration = SignedDuration::from_mins(6);
/// Of whoever has an account and has not used it.
const NEVER: &str = "Has not signed in yet";

/// What is known besides the person.
pub struct Known<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// The desk's zone.
    pub zone: &'a TimeZone,
    /// Duties of the present moment.
    pub duties: &'a [Duty],
    /// When they were there.
    pub presence: Presence,
}

/// What the list of people says.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state, in two or three words.
    pub word: String,
    /// Whether new questions come to them.
    pub is_good: bool,
    /// What else is to be known; may be empty.
    pub more: String,
}

/// How a person stands.
pub fn of(person: &Person, known: &Known<'_>) -> Standing {
    if person.disabled {
        return Standing {
            word: "Deactivated".to_owned(),
            is_good: false,
            more: String::new(),
        };
    }
    let hour = |at: Timestamp| {
        let (at, today) = (at.to_zoned(known.zone.clone()), known.now.to_zoned(known.zone.clone()));
        match at.date() == today.date() {
            true => at.strftime("%H:%M").to_string(),
            false => moments::told(at.timestamp(), known.zone),
        }
    };
    let duty_until = |on_call: bool| {
        let mine = known
            .duties
            .iter()
            .filter(|duty| duty.person == person.id && duty.on_call == on_call);
        let spans = mine.filter_map(|duty| {
            let (starts, ends) = (duty.starts_at.parse::<Timestamp>().ok()?, duty.ends_at.parse().ok()?);
            (starts <= known.now && known.now < ends).then_some(ends)
        });
        spans.max().map(&hour)
    };
    let on_duty = duty_until(false).map(|until| format!("On duty until {until}"));
    let mut more = Vec::new();
    let (word, is_good) = match person.availability {
        // Nothing comes of a question that waits for somebody who was never there.
        _ if !known.presence.has_signed_in => (NEVER.to_owned(), false),
        _ if !person.role.may(Permission::WorkTickets) => ("Does not work the inbox".to_owned(), false),
        Availability::Away => ("Away".to_owned(), false),
        Availability::Paused { until } if until > known.now => (format!("On a break until {}", hour(until)), false),
        _ => match &on_duty {
            Some(told) => (told.clone(), true),
            None => ("Takes new questions".to_owned(), true),
        },
    };
    more.extend(on_duty.filter(|told| *told != word));
    more.extend(duty_until(true).map(|until| format!("On call until {until}")));
    if known.presence.has_signed_in {
        more.push(seen(known));
        if !person.has_password {
            more.push("No password yet".to_owned());
        }
    } else if !person.has_password {
        more.push(match known.presence.link_until.filter(|until| *until > known.now) {
            Some(until) => format!("Sign-in link valid until {}", hour(until)),
            None => "No valid sign-in link: make a new one".to_owned(),
        });
    }
    Standing {
        word,
        is_good,
        more: more.join(" · "),
    }
}

fn seen(known: &Known<'_>) -> String {
    if known.presence.is_in_inbox(known.now) {
        return "In the inbox now".to_owned();
    }
    let Some(at) = known.presence.seen_at else {
        return "Not seen lately".to_owned();
    };
    match known.now.duration_since(at) {
        ago if ago <= NOW => "Signed in now".to_owned(),
        ago if ago <= LATELY => format!("Seen {} minutes ago", ago.as_mins()),
        _ => format!("Last seen on {}", moments::told(at, known.zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{desk::people::Role, store::PresenceRecord};

    fn person() -> Person {
        Person {
            id: "ana".into(),
            version: 1,
            email: "ana@example.com".into(),
            name: "Ana".into(),
            picture: None,
            role: Role::Agent,
            disabled: false,
            teams: Vec::new(),
            skills: Vec::new(),
            level: 1,
            capacity: 10,
            availability: Availability::Available,
            has_password: true,
            created_at: String::new(),
        }
    }

    fn duty(on_call: bool) -> Duty {
        Duty {
            id: "d".into(),
            person: "ana".into(),
            team: None,
            starts_at: "2026-11-26T02:00:00Z".into(),
            ends_at: "2026-11-26T10:00:00Z".into(),
            on_call,
            time_zone: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Of somebody who has signed in, long ago at least.
    fn told(person: &Person, duties: &[Duty], is_in_inbox: bool, seen_at: Option<&str>) -> (String, bool, String) {
        let presence = PresenceRecord {
            person: person.id.clone(),
            signed_in_at: Some(Timestamp::UNIX_EPOCH),
            seen_at: seen_at.map(at),
            inbox_at: is_in_inbox.then(|| at("2026-11-26T03:59:00Z")),
            link_until: None,
        };
        told_with(person, duties, Presence::from(&presence))
    }

    fn told_with(person: &Person, duties: &[Duty], presence: Presence) -> (String, bool, String) {
        let standing = of(
            person,
            &Known {
                now: at("2026-11-26T04:00:00Z"),
                zone: &TimeZone::get("Asia/Jakarta").expect("a zone"),
                duties,
                presence,
            },
        );
        (standing.word, standing.is_good, standing.more)
    }

    #[test]
    fn everybody_is_told_as_they_stand() {
        let with = |change: fn(&mut Person)| {
            let mut person = person();
            change(&mut person);
            person
        };
        let none: &[Duty] = &[];
        let seen = Some("2026-11-26T03:40:00Z");
        let pause = |person: &mut Person| {
            let until = "2026-11-26T04:20:00Z".parse().expect("a time");
            person.availability = Availability::Paused { until };
        };
        let away = |person: &mut Person| person.availability = Availability::Away;
        for (person, duties, inbox, seen, expected) in [
            (
                person(),
                none,
                false,
                seen,
                ("Takes new questions", true, "Seen 20 minutes ago"),
            ),
            (
                person(),
                &[duty(false)][..],
                true,
                seen,
                ("On duty until 17:00", true, "In the inbox now"),
            ),
            (
                person(),
                &[duty(true)][..],
                false,
                Some("2026-11-26T03:58:00Z"),
                ("Takes new questions", true, "On call until 17:00 · Signed in now"),
            ),
            (
                with(away),
                &[duty(false)][..],
                false,
                Some("2026-11-24T03:00:00Z"),
                (
                    "Away",
                    false,
                    "On duty until 17:00 · Last seen on 24 November 2026, 10:00",
                ),
            ),
            (
                with(pause),
                none,
                true,
                None,
                ("On a break until 11:20", false, "In the inbox now"),
            ),
            (
                with(|person| person.has_password = false),
                none,
                false,
                None,
                ("Takes new questions", true, "Not seen lately · No password yet"),
            ),
            (
                with(|person| person.role = Role::Writer),
                none,
                false,
                seen,
                ("Does not work the inbox", false, "Seen 20 minutes ago"),
            ),
            (
                with(|person| person.disabled = true),
                &[duty(false)][..],
                false,
                seen,
                ("Deactivated", false, ""),
            ),
        ] {
            let (word, is_good, more) = told(&person, duties, inbox, seen);
            assert_eq!((word.as_str(), is_good, more.as_str()), expected);
        }
    }
    #[test]
    fn whoever_never_signed_in_takes_no_questions_and_may_need_a_link() {
        let mut person = person();
        let never = |person: &Person, link_until: Option<&str>| {
            let link_until = link_until.map(at);
            told_with(
                person,
                &[],
                Presence {
                    link_until,
                    ..Presence::default()
                },
            )
        };
        let expected = |more: &str| ("Has not signed in yet".to_owned(), false, more.to_owned());
        // Somebody at the command line gave them a password.
        assert_eq!(never(&person, None), expected(""));
        person.has_password = false;
        assert_eq!(
            never(&person, Some("2026-11-26T08:00:00Z")),
            expected("Sign-in link valid until 15:00")
        );
        for old in [None, Some("2026-11-26T04:00:00Z")] {
            assert_eq!(never(&person, old), expected("No valid sign-in link: make a new one"));
        }
        person.role = Role::Writer;
        assert_eq!(never(&person, None).0, "Has not signed in yet");
    }
}
