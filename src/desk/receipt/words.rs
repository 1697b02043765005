//! The receipt's words, written out in each language instead of translated word by word. A language without words here gets
//! English. What is about money, safety, law or a complaint is told without any lightness.

use jiff::{Timestamp, ToSpan, Zoned, civil::Weekday, tz::TimeZone};

use super::tables::{CHINESE, FRENCH, GERMAN, SPANISH, Texts, filled};
use crate::answer::HandoffReason;

/// A language in which receipts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Indonesian,
    Japanese,
    /// One that is written in a table.
    Written(&'static Texts),
}

use Language::{English, Indonesian, Japanese, Written};

impl Language {
    /// The one of this tag (BCP 47).
    pub(super) fn of(tag: &str) -> Self {
        match tag.split(['-', '_']).next() {
            Some("id") => Indonesian,
            Some("ja") => Japanese,
            Some("de") => Written(&GERMAN),
            Some("fr") => Written(&FRENCH),
            Some("es") => Written(&SPANISH),
            Some("zh") => Written(&CHINESE),
            _ => English,
        }
    }

    /// Why a person answers.
    pub(super) fn why(self, reason: HandoffReason, topic: Option<&str>) -> &'static str {
        if let Written(texts) = self {
            return texts.why(reason, topic);
        }
        match reason {
            HandoffReason::SensitiveTopic => self.why_topic(topic.unwrap_or_default()),
            HandoffReason::LowConfidence => match self {
                English | Written(_) => "None of our articles answers this for certain, and we would rather not guess.",
                Indonesian => "Tidak ada artikel kami yang menjawab ini dengan pasti, dan kami tidak ingin menebak.",
                Japanese => "確実にお答えできる記事が見つからず、推測でのご案内は控えております。",
            },
            HandoffReason::NoMatch => match self {
                English | Written(_) => "None of our articles answers this.",
                Indonesian => "Belum ada artikel kami yang menjawab pertanyaan ini.",
                Japanese => "お答えできる記事が見つかりませんでした。",
            },
            HandoffReason::WantsPerson => match self {
                English | Written(_) => "You asked for a person.",
                Indonesian => "Anda meminta bantuan petugas.",
                Japanese => "担当者への取り次ぎをご希望いただきました。",
            },
            HandoffReason::PeopleFirst => match self {
                English | Written(_) => "Your questions go to a person straight away.",
                Indonesian => "Pertanyaan Anda langsung kami teruskan ke petugas.",
                Japanese => "お客様のご質問は、はじめから担当者が承ります。",
            },
            HandoffReason::DidNotHelp => match self {
                English | Written(_) => "What we showed you did not help, so a person takes over.",
                Indonesian => "Jawaban tadi belum membantu, jadi petugas kami mengambil alih.",
                Japanese => "先ほどのご案内では解決しなかったため、担当者が引き継ぎます。",
            },
            HandoffReason::TakenOver => match self {
                English | Written(_) => "A person has joined and takes over from the bot.",
                Indonesian => "Petugas kami sudah bergabung dan menggantikan bot.",
                Japanese => "担当者が参加し、ボットから引き継ぎました。",
            },
            HandoffReason::Misses => match self {
                English | Written(_) => "Our articles have not answered your question, so a person takes over.",
                Indonesian => "Artikel kami belum menjawab pertanyaan Anda, jadi petugas kami mengambil alih.",
                Japanese => "記事ではお答えできなかったため、担当者が引き継ぎます。",
            },
        }
    }

    fn why_topic(self, topic: &str) -> &'static str {
        match (self, topic) {
            (English, "billing") => "This is about your money, so a person looks into it.",
            (English, "refund") => "Refunds are decided by a person, not by a machine.",
            (English, "cancellation") => "A person takes care of cancellations, so that nothing is missed.",
            (English, "upgrade") => "A person helps you to find the plan that fits.",
            (English, "account_security") => "This is about the safety of your account, so a person deals with it.",
            (English, "legal") => "Legal matters are answered by a person.",
            (English, "complaint") => "A complaint is read by a person, not by a machine.",
            (English | Written(_), _) => "Questions like this one are answered by a person.",
            (Indonesian, "billing") => "Ini menyangkut uang Anda, jadi petugas kami yang memeriksanya.",
            (Indonesian, "refund") => "Pengembalian dana diputuskan oleh petugas, bukan oleh mesin.",
            (Indonesian, "cancellation") => "Pembatalan diurus oleh petugas supaya tidak ada yang terlewat.",
            (Indonesian, "upgrade") => "Petugas kami membantu Anda menemukan paket yang cocok.",
            (Indonesian, "account_security") => {
                "Ini menyangkut keamanan akun Anda, jadi petugas kami yang menanganinya."
            }
            (Indonesian, "legal") => "Urusan hukum dijawab oleh petugas.",
            (Indonesian, "complaint") => "Keluhan dibaca oleh petugas, bukan oleh mesin.",
            (Indonesian, _) => "Pertanyaan seperti ini dijawab oleh petugas.",
            (Japanese, "billing") => "お支払いに関わる内容のため、担当者が確認いたします。",
            (Japanese, "refund") => "返金については、担当者が判断いたします。",
            (Japanese, "cancellation") => "解約・キャンセルは、手続きに漏れのないよう担当者が承ります。",
            (Japanese, "upgrade") => "ご利用に合ったプランを、担当者がご案内いたします。",
            (Japanese, "account_security") => "アカウントの安全に関わる内容のため、担当者が対応いたします。",
            (Japanese, "legal") => "法務に関するお問い合わせには、担当者がお答えいたします。",
            (Japanese, "complaint") => "いただいたご意見は、担当者が責任をもって確認いたします。",
            (Japanese, _) => "この内容には、担当者がお答えしております。",
        }
    }

    /// Who answers by when.
    pub(super) fn answers(self, team: Option<&str>, by: &str) -> String {
        match (self, team) {
            (English, Some(team)) => format!("A person from our {team} team will answer by {by}."),
            (English, None) => format!("A person from our team will answer by {by}."),
            (Indonesian, Some(team)) => format!("Petugas dari tim {team} kami akan menjawab paling lambat {by}."),
            (Indonesian, None) => format!("Petugas kami akan menjawab paling lambat {by}."),
            (Japanese, Some(team)) => format!("{by}までに、{team}の担当者がお返事いたします。"),
            (Japanese, None) => format!("{by}までに、担当者がお返事いたします。"),
            (Written(texts), Some(team)) => filled(texts.answers_team, &[("team", team), ("by", by)]),
            (Written(texts), None) => filled(texts.answers, &[("by", by)]),
        }
    }

    /// Nobody is there until then: one sentence.
    pub(super) fn closed(self, opens: &str) -> String {
        match self {
            English => format!("Nobody is here right now; we are back {opens}."),
            Indonesian => format!("Saat ini di luar jam kerja; kami kembali {opens}."),
            Japanese => format!("ただいま営業時間外のため、担当者の対応は{opens}からとなります。"),
            Written(texts) => filled(texts.closed, &[("opens", opens)]),
        }
    }

    /// What happens until the answer.
    pub(super) fn meanwhile(self, has_email: bool) -> &'static str {
        match (self, has_email) {
            (English, true) => {
                "They see all that you wrote, so you need not tell it again; the answer also comes by e-mail."
            }
            (English, false) => "They see all that you wrote, so you need not tell it again.",
            (Indonesian, true) => {
                "Semua yang Anda tulis sudah diteruskan, jadi tidak perlu diulang; jawabannya juga dikirim lewat email."
            }
            (Indonesian, false) => "Semua yang Anda tulis sudah diteruskan, jadi tidak perlu diulang.",
            (Japanese, true) => {
                "これまでの内容は担当者に引き継がれますので、改めてご説明いただく必要はなく、お返事はメールでもお届けします。"
            }
            (Japanese, false) => "これまでの内容は担当者に引き継がれますので、改めてご説明いただく必要はありません。",
            (Written(texts), true) => texts.meanwhile_email,
            (Written(texts), false) => texts.meanwhile,
        }
    }

    /// The reference.
    pub(super) fn reference(self, reference: &str) -> String {
        match self {
            English => format!("Your reference is {reference}."),
            Indonesian => format!("Nomor referensi Anda: {reference}."),
            Japanese => format!("お問い合わせ番号は {reference} です。"),
            Written(texts) => filled(texts.reference, &[("reference", reference)]),
        }
    }

    /// What stands between two sentences.
    pub(super) fn between_sentences(self) -> &'static str {
        match self {
            English | Indonesian => " ",
            Japanese => "",
            Written(texts) => texts.between_sentences,
        }
    }

    /// What a team is called in the middle of a sentence; `None` for the team that everything else goes to.
    pub(super) fn team(self, team: &str) -> Option<String> {
        let team = team.trim();
        let known = match self {
            _ if team == "support" => return None,
            // Nobody who cancels wants to hear of a team for keeping them.
            English => match team {
                "care" | "retention" => Some("customer care"),
                _ => None,
            },
            Indonesian => match team {
                "billing" => Some("penagihan"),
                "sales" => Some("penjualan"),
                "security" => Some("keamanan"),
                "legal" => Some("hukum"),
                "care" | "retention" => Some("layanan pelanggan"),
                _ => None,
            },
            Written(texts) => texts.team(team),
            Japanese => match team {
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

    /// A moment in words, with "today" or "tomorrow" before the date, since the date stays right when it is read later.
    pub(super) fn moment_from(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let today = zone.to_datetime(now).date();
        let date = self.moment(&local);
        let day = if local.date() == today {
            ["today, ", "hari ini, ", "本日 "]
        } else if today
            .checked_add(1.day())
            .is_ok_and(|tomorrow| local.date() == tomorrow)
        {
            ["tomorrow, ", "besok, ", "明日 "]
        } else {
            [""; 3]
        };
        let day = match self {
            English => day[0],
            Indonesian => day[1],
            Japanese => day[2],
            Written(texts) if day[0].starts_with("today") => texts.today,
            Written(texts) if day[0].starts_with("tomorrow") => texts.tomorrow,
            Written(_) => "",
        };
        format!("{day}{date}")
    }

    /// A moment in words.
    pub(super) fn moment(self, at: &Zoned) -> String {
        let (day, month, year) = (at.day(), usize::from(at.month().unsigned_abs()) - 1, at.year());
        let weekday = usize::from(at.weekday().to_monday_zero_offset().unsigned_abs());
        let (hour, minute) = (at.hour(), at.minute());
        let zone = zone_name(at);
        match self {
            English => {
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
            Indonesian => {
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
            Written(texts) => filled(
                texts.moment,
                &[
                    ("weekday", texts.days[weekday]),
                    ("day", &day.to_string()),
                    ("month", texts.months[month]),
                    ("year", &year.to_string()),
                    ("time", &format!("{hour:02}:{minute:02}")),
                    ("zone", &zone),
                ],
            ),
            Japanese => {
                const DAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
                format!(
                    "{year}年{}月{day}日（{}）{hour}:{minute:02}（{zone}）",
                    month + 1,
                    DAYS[weekday]
                )
            }
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
