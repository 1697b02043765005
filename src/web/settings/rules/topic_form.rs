//! The form of one topic: words and phrases by language, examples, and the team.

use axum::http::StatusCode;

use super::super::{
    Mistaken, Refusal,
    form::{Field, Form},
    mistaken,
};
use crate::{
    answer::Policy,
    desk::{
        people::Teams,
        rule_form::{
            patterns,
            sentence::{Names, listed},
            topic::{TopicDraft, TopicWords},
        },
    },
};

/// The form, for its template.
pub struct TopicEdit {
    pub title: String,
    pub file: String,
    pub name: Field,
    pub team: Field,
    pub reason: Field,
    pub place: Option<Field>,
    pub languages: Vec<LanguageEdit>,
    pub teams: Vec<String>,
}

impl TopicEdit {
    /// The fields to correct, in their order.
    pub fn mistaken(&self) -> Vec<Mistaken> {
        let head = [&self.name, &self.team, &self.reason];
        let languages = self.languages.iter().flat_map(|language| {
            [
                &language.phrases,
                &language.except,
                &language.examples,
                &language.counter_examples,
            ]
        });
        mistaken(head.into_iter().chain(&self.place).chain(languages))
    }
}

/// What it has in one language.
pub struct LanguageEdit {
    pub code: String,
    pub called: String,
    pub phrases: Field,
    pub except: Field,
    pub examples: Field,
    pub counter_examples: Field,
    /// What patterns look for that are no phrases.
    pub written: Vec<String>,
    pub written_except: usize,
    pub is_open: bool,
    /// How much there is, for where it is closed.
    pub note: String,
}

/// Fills the form of a topic.
pub fn fill(form: &mut Form, topic: &TopicDraft) {
    form.set("title", &topic.title);
    form.set("team", &topic.team);
    form.set("reason", &topic.reason);
    for (code, words) in &topic.languages {
        for (part, lines) in [
            ("phrases", &words.phrases),
            ("except", &words.except),
            ("examples", &words.examples),
            ("counter", &words.counter_examples),
        ] {
            form.set(format!("lang.{code}.{part}"), lines.join("\n"));
        }
    }
}

/// The topic that a form says, on top of what its file has. Mistakes stand beside their fields.
pub fn read(form: &mut Form, before: &TopicDraft, codes: &[String], teams: &Teams) -> Option<TopicDraft> {
    let mut topic = before.clone();
    topic.title = form.get("title").to_owned();
    topic.team = form.get("team").to_owned();
    topic.reason = form.given("reason").unwrap_or_else(|| "sensitive_topic".to_owned());
    let mut is_whole = true;
    for (name, value, why) in [
        ("title", &topic.title, "Give the topic a name."),
        ("team", &topic.team, "Say which team gets its questions."),
    ] {
        if value.is_empty() || value.chars().count() > 100 {
            form.wrong(
                name,
                if value.is_empty() {
                    why
                } else {
                    "must be at most 100 characters"
                },
            );
            is_whole = false;
        }
    }
    // A misspelt team would get questions that nobody sees.
    if !topic.team.is_empty() && !teams.has(&topic.team) {
        form.wrong("team", &teams.without(&topic.team));
        is_whole = false;
    }
    for code in codes {
        let own = topic.languages.entry(code.clone()).or_default();
        let name = |part: &str| format!("lang.{code}.{part}");
        own.phrases = form.lines(&name("phrases"));
        own.except = form.lines(&name("except"));
        own.examples = form.lines(&name("examples"));
        own.counter_examples = form.lines(&name("counter"));
        for part in ["phrases", "except"] {
            let lines = form.lines(&name(part));
            if let Some(line) = lines.iter().find(|line| patterns::of_phrase(code, line).is_none()) {
                form.wrong(&name(part), &format!("{line} has neither letters nor digits"));
                is_whole = false;
            }
        }
        // As they come back from their patterns.
        let plain = |phrases: &mut Vec<String>| {
            let again = |phrase: &String| patterns::phrase_of(code, &patterns::of_phrase(code, phrase)?);
            *phrases = phrases.iter().filter_map(again).collect();
            let mut seen = std::collections::HashSet::new();
            phrases.retain(|phrase| seen.insert(phrase.clone()));
        };
        plain(&mut own.phrases);
        plain(&mut own.except);
    }
    let kept = |(code, words): &(&String, &TopicWords)| {
        **words != TopicWords::default() || before.languages.contains_key(*code)
    };
    topic.languages = topic
        .languages
        .iter()
        .filter(kept)
        .map(|(code, words)| (code.clone(), words.clone()))
        .collect();
    let has_words = |words: &TopicWords| !words.phrases.is_empty() || !words.written.is_empty();
    if !topic.languages.values().any(has_words) {
        let first = codes
            .first()
            .map(|code| format!("lang.{code}.phrases"))
            .unwrap_or_default();
        form.wrong(&first, "Say at least one word or phrase, in any language.");
        is_whole = false;
    }
    is_whole.then_some(topic)
}

/// Whether the file can be used and its own examples hold; what does not is told beside its field.
pub fn check(form: &mut Form, file: &str, text: &str, topic: &TopicDraft) -> Result<(), Refusal> {
    let policy = Policy::parse(vec![(file.to_owned(), text.to_owned())])
        .map_err(|error| Refusal::plain(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let wrong = policy.check();
    for example in &wrong {
        let (part, told) = match example.should_match {
            true => ("examples", "has none of the words above"),
            false => ("counter", "has one of the words above"),
        };
        for (code, words) in &topic.languages {
            let own = match example.should_match {
                true => &words.examples,
                false => &words.counter_examples,
            };
            if own.contains(&example.text) {
                let told = format!("\u{201c}{}\u{201d} {told}", example.text);
                form.wrong(&format!("lang.{code}.{part}"), &told);
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Refusal::of_fields()),
    }
}

/// The form for its template.
pub fn edit(
    form: &Form,
    file: &str,
    before: &TopicDraft,
    codes: &[String],
    names: &Names,
    places: &[(String, String)],
    teams: &Teams,
) -> TopicEdit {
    let is_new = form.get("rule") == "new";
    let select = |mut field: Field, options: &[(String, String)]| {
        field.kind = "select";
        field.options = options.to_vec();
        field
    };
    let language = |code: &String| {
        let empty = TopicWords::default();
        let words = before.languages.get(code).unwrap_or(&empty);
        let field = |part: &str, label: &str| {
            Field::text(&format!("lang.{code}.{part}"), label, form)
                .part_of(names.languages.get(code).unwrap_or(code))
                .kind("area")
                .lang(code)
        };
        LanguageEdit {
            called: names.languages.get(code).cloned().unwrap_or_else(|| code.clone()),
            phrases: field("phrases", "Words and phrases")
                .hint("One a line. refund* takes any ending. Capital letters and apostrophes make no difference."),
            except: field("except", "But not with these").hint("A question with one of these is not taken."),
            examples: field("examples", "Questions that it must take")
                .hint("One a line. They are tried before the rules are published."),
            counter_examples: field("counter", "Questions that it must not take")
                .hint("One a line. They are tried, too."),
            // Others would be long lists of examples that came with the program.
            is_open: codes.first() == Some(code)
                || ["phrases", "except"]
                    .iter()
                    .any(|part| form.given(&format!("lang.{code}.{part}")).is_some())
                || ["phrases", "except", "examples", "counter"]
                    .iter()
                    .any(|part| form.error(&format!("lang.{code}.{part}")).is_some()),
            note: match (words.phrases.len(), words.written.len()) {
                (0, 0) => "no words yet".to_owned(),
                (phrases, 0) => format!("{phrases} words and phrases"),
                (0, written) => format!("{written} patterns as text"),
                (phrases, written) => format!("{phrases} words and phrases, {written} patterns as text"),
            },
            written: words.written.clone(),
            written_except: words.written_except.len(),
            code: code.clone(),
        }
    };
    TopicEdit {
        title: if is_new {
            "New topic".to_owned()
        } else {
            format!("Topic \u{201c}{}\u{201d}", form.get("title"))
        },
        file: file.to_owned(),
        name: Field::text("title", "Name", form).hint("For staff, such as Gift cards."),
        team: Field::text("team", "Team that gets it", form)
            .list("teams")
            .hint("A new team is added under Teams first."),
        reason: Field::text("reason", "What it means", form).options([
            ("sensitive_topic", "A subject for people, not the bot"),
            ("wants_person", "The customer wants a person"),
        ]),
        place: is_new.then(|| {
            select(Field::text("place", "Where it stands", form), places)
                .hint("Where a question has words of several topics, the first topic counts.")
        }),
        languages: codes.iter().map(language).collect(),
        teams: teams.names().map(str::to_owned).collect(),
    }
}

/// A topic as one sentence.
pub fn sentence(topic: &TopicDraft) -> String {
    let quoted =
        |texts: Vec<&str>| -> Vec<String> { texts.iter().map(|text| format!("\u{201c}{text}\u{201d}")).collect() };
    let phrases = topic.samples();
    let has_written = topic.languages.values().any(|words| !words.written.is_empty());
    let mut which = Vec::new();
    if !phrases.is_empty() {
        let mut told = quoted(phrases.iter().take(3).map(String::as_str).collect());
        if phrases.len() > told.len() {
            told.push(format!("{} more", phrases.len() - told.len()));
        }
        which.push(format!("a question has {}", listed(&told, "or")));
    }
    // Patterns say little to anybody; the questions that they are tried on do.
    if has_written || phrases.is_empty() {
        let examples = quoted(topic.examples().take(2).collect());
        which.push(match examples.is_empty() {
            true => "one of its patterns fits".to_owned(),
            false => format!("somebody asks something like {}", listed(&examples, "or")),
        });
    }
    let which = format!("When {}", which.join(", or "));
    match topic.reason.as_str() {
        "wants_person" => format!("{which}, the customer wants a person: it goes to team {}.", topic.team),
        _ => format!("{which}, the bot does not answer: it goes to team {}.", topic.team),
    }
}

/// An id for a new topic that no other has: its name in small letters.
pub fn new_id(title: &str, taken: &[String]) -> String {
    let plain: String = title
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let mut id = plain.split_whitespace().collect::<Vec<_>>().join("_");
    id.truncate(60);
    let id = if id.is_empty() { "topic".to_owned() } else { id };
    let numbered = (2..).map(|n| format!("{id}_{n}"));
    let free = std::iter::once(id.clone())
        .chain(numbered)
        .find(|id| !taken.contains(id));
    free.unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_in_topic_comes_back_from_its_form() {
        for (name, text) in Policy::read(None).expect("the built-in rules") {
            let topic = TopicDraft::read(&text).expect("a topic");
            let mut form = Form::default();
            fill(&mut form, &topic);
            let codes: Vec<String> = ["en", "id", "ja", "fr"].map(str::to_owned).into();
            let again = read(&mut form, &topic, &codes, &Teams::of(&[], [topic.team.clone()])).expect("whole");
            assert_eq!(again.write(&text).as_deref(), Ok(text.as_str()), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field() {
        let codes = vec!["en".to_owned()];
        let before = TopicDraft::default();
        let mut form = Form::default();
        let teams = Teams::of(&[], ["sales".to_owned()]);
        form.set("team", "");
        assert_eq!(read(&mut form, &before, &codes, &teams), None);
        for field in ["title", "team", "lang.en.phrases"] {
            assert!(form.error(field).is_some(), "{field}");
        }
        let mut form = Form::default();
        for (name, value) in [
            ("title", "Gifts"),
            ("team", "sales"),
            ("lang.en.phrases", "Gift card\ngift card\n"),
            ("lang.en.examples", "a gift"),
            ("lang.en.counter", "my gift card"),
        ] {
            form.set(name, value);
        }
        form.set("team", "salse");
        assert_eq!(read(&mut form, &before, &codes, &teams), None);
        assert!(
            form.error("team")
                .is_some_and(|told| told.contains("sales. “salse” is none")),
            "{:?}",
            form.error("team")
        );
        form.set("team", "sales");
        let topic = read(&mut form, &before, &codes, &teams).expect("whole");
        assert_eq!(topic.languages["en"].phrases, ["gift card"]);
        let topic = TopicDraft {
            id: "gifts".into(),
            ..topic
        };
        let text = topic.write("").expect("written");
        assert!(check(&mut form, "gifts.toml", &text, &topic).is_err());
        assert!(form.error("lang.en.examples").is_some() && form.error("lang.en.counter").is_some());
        assert_eq!(
            sentence(&topic),
            "When a question has “gift card”, the bot does not answer: it goes to team sales."
        );
        assert_eq!(new_id("Gift cards!", &["gift_cards".to_owned()]), "gift_cards_2");
        assert_eq!(new_id("商品券", &[]), "topic");
    }
}
