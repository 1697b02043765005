//! What is suggested while somebody types.

use std::sync::LazyLock;

use proptest::prelude::*;
use tanya::{
    answer::Answerer,
    search::{Reuse, Suggestion},
};

use crate::place::{Place, answerer, demo_config, index};

/// Suggestions are made of words alone, so no test here needs the model.
fn demo() -> &'static Answerer {
    static DEMO: LazyLock<Answerer> = LazyLock::new(|| {
        let config = demo_config("typing");
        index(&config, None, Reuse::Vectors);
        answerer(&config, None)
    });
    &DEMO
}

fn small() -> (Place, Answerer) {
    let place = Place::small();
    place.write("draft.md", "---\ndraft: true\n---\n# Quokka beans draft\n\nNot yet.\n");
    place.write(
        "unlisted.md",
        "---\nunlisted: true\n---\n# Quokka beans unlisted\n\nFor few.\n",
    );
    place.write(
        "expired.md",
        "---\nexpiryDate: 2020-01-01\n---\n# Quokka beans expired\n\nOver.\n",
    );
    place.write("live.md", "# Quokka beans live\n\nFor all.\n");
    place.index(None);
    let answerer = place.answerer(None);
    (place, answerer)
}

fn texts(suggestions: &[Suggestion]) -> Vec<&str> {
    suggestions.iter().map(|suggestion| suggestion.text.as_str()).collect()
}

#[test]
fn an_unfinished_word_finds_its_article() {
    let (_place, answerer) = small();
    for (typed, wanted) in [
        ("tra", "Track a parcel"),
        ("track a par", "Track a parcel"),
        ("Open", "Opening hours of our cafés"),
        ("opening hours of our cafe", "Opening hours of our cafés"),
        ("french pr", "French press"),
        ("how fine should I gri", "How fine should I grind for espresso?"),
    ] {
        let found = answerer.searcher().suggest(typed, None, 6);
        assert_eq!(texts(&found).first(), Some(&wanted), "{typed:?}: {:?}", texts(&found));
    }
}

#[test]
fn a_mistyped_word_finds_its_article() {
    let (_place, answerer) = small();
    for (typed, wanted) in [
        ("trakc parcel", "track"),
        ("opning hours", "hours"),
        ("tracking nubmer", "track"),
        ("store cofee beans", "store"),
        ("freezng", "store"),
    ] {
        let found = answerer.searcher().suggest(typed, None, 6);
        assert_eq!(
            found.first().map(|found| found.article.as_str()),
            Some(wanted),
            "{typed:?}: {:?}",
            texts(&found)
        );
    }
}

#[test]
fn what_is_in_no_list_is_not_suggested() {
    let (_place, answerer) = small();
    for typed in [
        "quokka",
        "quokka beans",
        "quok",
        "quokka beans draft",
        "quokka beans unlisted",
        "quokka beans expired",
    ] {
        let found = answerer.searcher().suggest(typed, None, 10);
        assert!(
            found.iter().any(|found| found.article == "live"),
            "{typed:?}: {:?}",
            texts(&found)
        );
        for hidden in ["draft", "unlisted", "expired"] {
            assert!(found.iter().all(|found| found.article != hidden), "{typed:?}: {hidden}");
        }
    }
}

#[test]
fn nothing_and_nonsense_suggest_nothing() {
    let (_place, answerer) = small();
    for typed in ["", " ", "???", "\u{0}", "zzzzzzzzzzzz", "🙂"] {
        assert_eq!(
            texts(&answerer.searcher().suggest(typed, None, 6)),
            Vec::<&str>::new(),
            "{typed:?}"
        );
    }
}

#[test]
fn every_title_of_the_demo_kb_is_found_by_its_beginning() {
    let answerer = demo();
    let generation = answerer.searcher().generation();
    let (mut asked, mut found) = (0, 0);
    for article in generation.articles().iter().filter(|article| article.is_listed()) {
        let letters: Vec<char> = article.title.chars().collect();
        let typed: String = letters[..letters.len().div_ceil(2)].iter().collect();
        asked += 1;
        let suggestions = answerer.searcher().suggest(&typed, article.lang.as_deref(), 6);
        found += usize::from(suggestions.iter().any(|suggestion| suggestion.article == article.id.0));
    }
    println!("{found} of {asked} titles are among six suggestions after half of their characters");
    assert!(found * 100 >= asked * 90, "{found} of {asked}");
}

fn is_valid(suggestion: &Suggestion) -> Result<(), TestCaseError> {
    let mut end = 0;
    for [from, to] in &suggestion.highlights {
        prop_assert!(end <= *from && from < to, "{suggestion:?}");
        prop_assert!(
            suggestion
                .text
                .get(*from..*to)
                .is_some_and(|part| !part.trim().is_empty()),
            "{suggestion:?}"
        );
        end = *to;
    }
    prop_assert!(suggestion.url.starts_with("/articles/"), "{suggestion:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn highlights_lie_in_the_text(article in any::<prop::sample::Index>(), length in any::<prop::sample::Index>(), limit in 1usize..10) {
        let generation = demo().searcher().generation();
        let article = article.get(generation.articles());
        let letters: Vec<char> = article.title.chars().collect();
        let typed: String = letters[..=length.index(letters.len())].iter().collect();
        let found = demo().searcher().suggest(&typed, None, limit);
        prop_assert!(found.len() <= limit);
        for suggestion in &found {
            is_valid(suggestion)?;
        }
    }

    #[test]
    fn anything_may_be_typed(typed in "\\PC{0,40}") {
        for suggestion in demo().searcher().suggest(&typed, None, 6) {
            is_valid(&suggestion)?;
        }
    }
}
