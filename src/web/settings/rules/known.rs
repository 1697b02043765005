//! What ids are called, and what exists to choose from.

use std::collections::BTreeSet;

use super::{list, work::Work};
use crate::{
    desk::{
        people::{Person, Teams},
        rule_form::sentence::Names,
    },
    http::{Problem, state::Web},
    store::DocumentKind,
    web::lang,
};

/// What the forms offer.
pub struct Known {
    /// Topics and languages.
    pub names: Names,
    /// The teams that anybody or anything names, the draft too.
    pub teams: Teams,
    /// Codes of the languages that topics may have words in.
    pub languages: Vec<String>,
    /// Everybody who works at the desk.
    pub people: Vec<Person>,
}

impl Known {
    /// Reads all of it; topics of the draft count as those that are published do.
    pub async fn read(web: &Web, work: &Work) -> Result<Self, Problem> {
        let people = web.people().list().await?;
        let teams = web.every_team(&people).and(list::teams(work));
        let mut languages = vec![web.config().site.language.clone()];
        languages.extend(lang::of_articles(&web.generation()));
        let mut topics = web.topic_titles();
        if work.kind == DocumentKind::Topics {
            for (_, topic, _) in list::topics(&work.files).unwrap_or_default() {
                languages.extend(topic.languages.into_keys());
                topics.insert(topic.id, topic.title);
            }
        }
        let mut seen = BTreeSet::new();
        languages.retain(|code| seen.insert(code.clone()));
        let called = languages.iter().map(|code| (code.clone(), lang::name(code).to_owned()));
        let names = Names {
            topics,
            languages: called.collect(),
        };
        Ok(Known {
            names,
            teams,
            languages,
            people,
        })
    }
}
