//! What the customer is told: which team answers by when, under which reference.
//!
//! Written out in each language instead of translated word by word; a language without a text here gets English.

use jiff::{Timestamp, Zoned, civil::Weekday, tz::TimeZone};

use super::Ticket;

/// The receipt of a ticket, one or two sentences in the ticket's language.
pub fn receipt(ticket: &Ticket, time_zone: &TimeZone) -> String {
    let by = promise(ticket, time_zone);
    let reference = &ticket.reference;
    match (language(ticket), team_name(ticket)) {
        (Language::English, Some(team)) => {
            format!("A person from our {team} team will answer by {by}. Your reference is {reference}.")
        }
        (Language::English, None) => {
            format!("A person from our team will answer by {by}. Your reference is {reference}.")
        }
        (Language::Indonesian, Some(team)) => {
            format!("Petugas dari tim {team} kami akan menjawab paling lambat {by}. Nomor referensi Anda: {reference}.")
        }
        (Language::Indonesian, None) => {
            format!("Petugas kami akan menjawab paling lambat {by}. Nomor referensi Anda: {reference}.")
        }
        (Language::Japanese, Some(team)) => {
            format!("{by}までに、{team}の担当者がお返事いたします。お問い合わせ番号は {reference} です。")
        }
        (Language::Japanese, None) => {
            format!("{by}までに、担当者がお返事いたします。お問い合わせ番号は {reference} です。")
        }
    }
}

/// By when a person answers, in words, in the ticket's language.
pub fn promise(ticket: &Ticket, time_zone: &TimeZone) -> String {
    // The wire text was made from a time by us; one that came from elsewhere is told as it is.
    let Ok(at) = ticket.promise_at.parse::<Timestamp>() else {
        return ticket.promise_at.clone();
    };
    in_words(&at.to_zoned(time_zone.clone()), language(ticket))
}

#[derive(Clone, Copy)]
enum Language {
    English,
    Indonesian,
    Japanese,
}

fn language(ticket: &Ticket) -> Language {
    match ticket.language.split(['-', '_']).next() {
        Some("id") => Language::Indonesian,
        Some("ja") => Language::Japanese,
        _ => Language::English,
    }
}

/// What a team is called in the middle of a sentence; `None` for the team that everything else goes to.
fn team_name(ticket: &Ticket) -> Option<String> {
    let team = ticket.team.trim();
    let known = match language(ticket) {
        _ if team == "support" => return None,
        // Nobody who cancels wants to hear of a team for keeping them.
        Language::English => match team {
            "care" | "retention" => Some("customer care"),
            _ => None,
        },
        Language::Indonesian => match team {
            "billing" => Some("penagihan"),
            "sales" => Some("penjualan"),
            "security" => Some("keamanan"),
            "legal" => Some("hukum"),
            "care" | "retention" => Some("layanan pelanggan"),
            _ => None,
        },
        Language::Japanese => match team {
            "billing" => Some("お支払い窓口"),
            "sales" => Some("営業窓口"),
            "security" => Some("セキュリティ窓口"),
            "legal" => Some("法務窓口"),
            "care" | "retention" => Some("お客様窓口"),
            other => return Some(format!("{}チーム", other.replace(['-', '_'], " "))),
        },
    };
    Some(known.map_or_else(|| team.replace(['-', '_'], " "), str::to_owned))
}

fn in_words(at: &Zoned, language: Language) -> String {
    let (day, month, year) = (at.day(), usize::from(at.month().unsigned_abs()) - 1, at.year());
    let weekday = usize::from(at.weekday().to_monday_zero_offset().unsigned_abs());
    let (hour, minute) = (at.hour(), at.minute());
    let zone = zone_name(at);
    match language {
        Language::English => {
            const MONTHS: [&str; 12] = [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ];
            const DAYS: [&str; 7] = [
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
                "Sunday",
            ];
            format!(
                "{}, {day} {} {year}, {hour:02}:{minute:02} {zone}",
                DAYS[weekday], MONTHS[month]
            )
        }
        Language::Indonesian => {
            const MONTHS: [&str; 12] = [
                "Januari",
                "Februari",
                "Maret",
                "April",
                "Mei",
                "Juni",
                "Juli",
                "Agustus",
                "September",
                "Oktober",
                "November",
                "Desember",
            ];
            const DAYS: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];
            format!(
                "{}, {day} {} {year} pukul {hour:02}.{minute:02} {zone}",
                DAYS[weekday], MONTHS[month]
            )
        }
        Language::Japanese => {
            const DAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
            format!(
                "{year}年{}月{day}日（{}）{hour}:{minute:02}（{zone}）",
                month + 1,
                DAYS[weekday]
            )
        }
    }
}

/// `UTC`, `WIB`, `JST`, or the offset where the zone has no name of letters.
fn zone_name(at: &Zoned) -> String {
    let name = at.strftime("%Z").to_string();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        at.strftime("UTC%:z").to_string()
    }
}

/// The index of arrays above starts on Monday.
const _: () = assert!(Weekday::Monday.to_monday_zero_offset() == 0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{answer::HandoffReason, store::TicketState};

    fn ticket(language: &str, team: &str) -> Ticket {
        Ticket {
            reference: "T-7K3F-9QXM".into(),
            state: TicketState::Open,
            team: team.into(),
            reason: HandoffReason::SensitiveTopic,
            topic: Some("billing".into()),
            question: "?".into(),
            language: language.into(),
            contact: None,
            context: serde_json::Map::new(),
            nearest: None,
            confidence: 0.2,
            decision: "01J".into(),
            opened_at: "2026-11-23T02:30:00Z".into(),
            promise_at: "2026-11-24T02:30:00Z".into(),
            resolved_at: None,
            resolved_by: None,
            note: None,
            version: 1,
            events: Vec::new(),
            ..crate::desk::example_ticket()
        }
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone of the bundled database")
    }

    #[test]
    fn a_receipt_says_who_by_when_and_the_reference() {
        assert_eq!(
            receipt(&ticket("en", "billing"), &TimeZone::UTC),
            "A person from our billing team will answer by Tuesday, 24 November 2026, 02:30 UTC. \
             Your reference is T-7K3F-9QXM."
        );
        assert_eq!(
            receipt(&ticket("id", "billing"), &zone("Asia/Jakarta")),
            "Petugas dari tim penagihan kami akan menjawab paling lambat Selasa, 24 November 2026 pukul 09.30 WIB. \
             Nomor referensi Anda: T-7K3F-9QXM."
        );
        assert_eq!(
            receipt(&ticket("ja", "billing"), &zone("Asia/Tokyo")),
            "2026年11月24日（火）11:30（JST）までに、お支払い窓口の担当者がお返事いたします。\
             お問い合わせ番号は T-7K3F-9QXM です。"
        );
    }

    #[test]
    fn other_languages_get_english_and_other_teams_their_name() {
        assert!(receipt(&ticket("de", "trust_safety"), &TimeZone::UTC).contains("our trust safety team"));
        assert!(receipt(&ticket("en", "retention"), &TimeZone::UTC).contains("our customer care team"));
        assert!(receipt(&ticket("en", "support"), &TimeZone::UTC).starts_with("A person from our team will"));
        assert!(promise(&ticket("en", "x"), &zone("America/Sao_Paulo")).ends_with("UTC-03:00"));
    }
}
