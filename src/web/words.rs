//! The pages' own words, one file per language with the same keys.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use crate::desk::zone_name;

macro_rules! words {
    ($($key:ident),* $(,)?) => {
        /// Everything that pages say by themselves, in one language. Texts in braces are filled in by [`fill`].
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "the English file shows what each key says")]
        pub struct Words {
            $(pub $key: String,)*
            /// January to December.
            pub months: [String; 12],
            /// Names of teams, where there is one; others are shown as configured.
            pub teams: BTreeMap<String, String>,
        }

        #[cfg(test)]
        impl Words {
            fn texts(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($key), self.$key.as_str())),*]
            }
        }
    };
}

words!(
    code,
    dir,
    skip,
    home,
    languages,
    staff_pages,
    announcements,
    announcement_info,
    announcement_warning,
    announcement_more,
    announcement_put_away,
    search_label,
    search_placeholder,
    search_hint,
    search_key,
    search_button,
    suggestions,
    suggestions_some,
    suggestions_none,
    home_title,
    most_asked,
    common_questions,
    topics,
    articles_one,
    articles_other,
    see_all,
    more_articles,
    no_articles_title,
    no_articles_text,
    ask_person,
    ask_lead,
    results_title,
    results_for,
    did_you_mean,
    results_one,
    results_other,
    results_more,
    results_back,
    filter_topic,
    filter_language,
    filter_all,
    answer,
    from_article,
    answer_helped,
    answer_did_not_help,
    answer_person,
    which_one,
    nothing_title,
    nothing_text,
    unsure,
    nearest,
    person_title,
    person_title_team,
    lexical_note,
    on_this_page,
    section_link,
    copy,
    copied,
    verified,
    updated,
    translations,
    related,
    expired_title,
    expired_text,
    expired_text_undated,
    helped_question,
    helped_yes,
    helped_no,
    helped_thanks_title,
    helped_thanks_text,
    helped_sorry_title,
    helped_sorry_text,
    helped_reason,
    helped_reason_hint,
    helped_send,
    helped_said_title,
    helped_said_text,
    helped_person,
    helped_back,
    error_reason_long,
    ask_title,
    ask_intro,
    ask_question,
    ask_email,
    optional,
    ask_email_hint,
    ask_no_mail,
    ask_send,
    ask_sending,
    ask_promise_one,
    ask_promise_other,
    ask_promise_days,
    ask_promise_working_one,
    ask_promise_working_other,
    ask_suggestions,
    ask_answer,
    error_question_empty,
    error_question_long,
    error_email,
    error_again,
    error_too_many,
    trap_label,
    receipt_title,
    receipt_taken_title,
    receipt_done_title,
    receipt_reference,
    receipt_team,
    receipt_by,
    receipt_done_at,
    receipt_home,
    not_found_title,
    not_found_text,
    not_found_nearest,
    error_title,
    error_text,
    busy_title,
    busy_text,
    refused_title,
    talk_waiting_title,
    talk_answered_title,
    talk_answered_title_name,
    talk_ended_title,
    talk_merged_title,
    talk_answered_lead,
    talk_done_lead,
    talk_ended_lead,
    talk_merged_lead,
    talk_mail,
    talk_here,
    talk_no_mail,
    talk_conversation,
    talk_you,
    talk_machine,
    talk_person,
    talk_team,
    talk_message,
    talk_message_hint,
    talk_details,
    talk_details_hint,
    talk_email,
    talk_order,
    talk_urgency,
    talk_urgency_unknown,
    talk_urgency_low,
    talk_urgency_normal,
    talk_urgency_high,
    talk_save,
    talk_saving,
    talk_saved,
    talk_news,
    word_question,
    word_yes,
    word_no,
    rate_title,
    rate_5,
    rate_4,
    rate_3,
    rate_2,
    rate_1,
    rate_note,
    rate_send,
    rate_thanks,
    rate_change,
    error_message_empty,
    error_message_again,
    error_message_closed,
    error_word_late,
    error_word_again,
    error_details,
    login_title,
    login_lead,
    login_email,
    login_password,
    login_button,
    login_sending,
    login_forgotten,
    login_failed,
    login_throttled,
    login_again,
    link_title,
    link_lead,
    link_dead_title,
    link_dead_text,
    account_title,
    account_saved,
    account_save,
    account_saving,
    account_name,
    account_name_hint,
    account_picture,
    account_picture_file,
    account_picture_hint,
    account_picture_save,
    account_no_password,
    account_password_old,
    account_password_new,
    account_password_hint,
    account_password_save,
    account_availability,
    account_is_available,
    account_is_away,
    account_paused,
    account_available,
    account_away,
    account_pause,
    error_name,
    error_password_old,
    error_password_new,
    error_picture,
    role_agent,
    role_writer,
    role_manager,
    role_administrator,
    seconds_one,
    seconds_other,
    minutes_one,
    minutes_other,
    date,
    datetime,
);

static ALL: LazyLock<[Words; 7]> = LazyLock::new(|| {
    [
        include_str!("words/en.json"),
        include_str!("words/id.json"),
        include_str!("words/ja.json"),
        include_str!("words/de.json"),
        include_str!("words/fr.json"),
        include_str!("words/es.json"),
        include_str!("words/zh.json"),
    ]
    .map(|json| serde_json::from_str(json).expect("the files are tested to have every key"))
});

/// The words of a language, if there are any.
pub fn of(lang: &str) -> Option<&'static Words> {
    ALL.iter().find(|words| words.code == lang)
}

/// The words of the first language that has some, else the English ones.
pub fn first_of<'a>(langs: impl IntoIterator<Item = &'a str>) -> &'static Words {
    langs.into_iter().find_map(of).unwrap_or(&ALL[0])
}

/// Puts values in place of `{name}`. A value is never filled in again, so people's text cannot name a placeholder.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let value = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, tail))
        });
        match value {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Words {
    /// "12 articles".
    pub fn count_articles(&self, n: usize) -> String {
        plural(&self.articles_one, &self.articles_other, n)
    }

    /// "12 results".
    pub fn count_results(&self, n: usize) -> String {
        plural(&self.results_one, &self.results_other, n)
    }

    /// "We answer within 24 hours."
    pub fn promise(&self, hours: u32) -> String {
        // From three days on, people count in days.
        if hours >= 72 && hours.is_multiple_of(24) {
            return fill(&self.ask_promise_days, &[("n", &(hours / 24).to_string())]);
        }
        plural(&self.ask_promise_one, &self.ask_promise_other, hours as usize)
    }

    /// "We answer within 8 working hours."
    pub fn promise_working(&self, hours: u32) -> String {
        plural(
            &self.ask_promise_working_one,
            &self.ask_promise_working_other,
            hours as usize,
        )
    }

    /// "30 seconds", "2 minutes".
    pub fn duration(&self, seconds: u64) -> String {
        if seconds < 90 {
            return plural(&self.seconds_one, &self.seconds_other, seconds as usize);
        }
        plural(&self.minutes_one, &self.minutes_other, seconds.div_ceil(60) as usize)
    }

    /// "1 May 2026" for an ISO date or time; text that is neither is returned as it is.
    pub fn show_date(&self, iso: &str) -> String {
        let date = iso.get(..10).and_then(|day| day.parse::<Date>().ok());
        date.map_or_else(|| iso.to_owned(), |date| self.civil(date))
    }

    /// "1 May 2026, 14:30 WIB". Pages with script show the reader's own time instead.
    pub fn show_time(&self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let clock = format!("{:02}:{:02} {}", local.hour(), local.minute(), zone_name(&local));
        fill(&self.datetime, &[("date", &self.civil(local.date())), ("time", &clock)])
    }

    fn civil(&self, date: Date) -> String {
        let month = &self.months[usize::from(date.month().unsigned_abs()) - 1];
        fill(
            &self.date,
            &[
                ("d", &date.day().to_string()),
                ("month", month),
                ("y", &date.year().to_string()),
            ],
        )
    }

    /// The team's name for readers.
    pub fn team<'a>(&'a self, team: &'a str) -> &'a str {
        self.teams.get(team).map_or(team, String::as_str)
    }
}

fn plural(one: &str, other: &str, n: usize) -> String {
    if n == 1 {
        one.to_owned()
    } else {
        fill(other, &[("n", &n.to_string())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::placeholders;

    #[test]
    fn every_language_says_everything_with_the_same_placeholders() {
        let english = ALL[0].texts();
        for words in ALL.iter() {
            for ((key, text), (_, model)) in words.texts().into_iter().zip(&english) {
                assert!(!text.trim().is_empty(), "{} {key}", words.code);
                assert_eq!(placeholders(text), placeholders(model), "{} {key}", words.code);
            }
            assert_eq!(
                words.teams.keys().collect::<Vec<_>>(),
                ALL[0].teams.keys().collect::<Vec<_>>(),
                "{}",
                words.code
            );
        }
    }

    #[test]
    fn peoples_text_is_not_a_template() {
        assert_eq!(
            fill("Results for {q} ({n})", &[("q", "{n}"), ("n", "3")]),
            "Results for {n} (3)"
        );
        assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
    }

    #[test]
    fn dates_are_written_as_in_the_language() {
        let shown = |lang: &str| of(lang).expect("words").show_date("2026-05-01T08:00:00Z");
        assert_eq!(
            (shown("en"), shown("id"), shown("ja")),
            ("1 May 2026".into(), "1 Mei 2026".into(), "2026年5月1日".into())
        );
        assert_eq!(
            (shown("de"), shown("fr"), shown("es"), shown("zh")),
            (
                "1. Mai 2026".into(),
                "1 mai 2026".into(),
                "1 de mayo de 2026".into(),
                "2026年5月1日".into()
            )
        );
        assert_eq!(ALL[0].show_date("soon"), "soon");
    }

    #[test]
    fn counts_and_promises_read_naturally() {
        assert_eq!(ALL[0].count_articles(1), "1 article");
        assert_eq!(ALL[0].promise(24), "We answer within 24 hours.");
        assert_eq!(ALL[0].promise(96), "We answer within 4 days.");
        assert_eq!(ALL[0].duration(180), "3 minutes");
    }
}
