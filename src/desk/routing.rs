//! Which team a question goes to, how urgent it is, and whether people have it first: ordered rules over [`Facts`].
//!
//! Rules are data (`routing/default.toml`, or the file that `desk.routing` names; `docs/ROUTING.md` describes them). They
//! are asked in their order. The first that matches is the last that is asked, unless it says `stop = false`; then later
//! ones add what is not set yet. A team that no rule names is the topic's, else the escalation inbox: nothing gets lost.

mod read;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    conditions::{Condition, Facts, Failure},
    priority::Priority,
};
use crate::answer::Policy;

/// The rules that come with the program.
pub const BUILT_IN: &str = include_str!("../../routing/default.toml");
/// What messages call them.
const BUILT_IN_FILE: &str = "the built-in routing rules";

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// What is wrong, with its line.
        reason: String,
    },
    /// A rule is not as it should be.
    #[error("{file}: rule {rule}: {key}: {reason}")]
    Rule {
        /// The file.
        file: String,
        /// The rule's name, or its number where it has none.
        rule: String,
        /// The key, with the way to it.
        key: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
}

/// All rules, ready to be asked.
#[derive(Debug, Clone)]
pub struct Routing {
    rules: Vec<Rule>,
    views: Vec<(String, Condition)>,
    escalation_team: String,
    hash: String,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    name: String,
    when: Condition,
    actions: Actions,
    after: After,
}

/// What a rule sets; `None` leaves it to others.
#[derive(Debug, Clone, Default, PartialEq)]
struct Actions {
    topic: Option<String>,
    team: Option<String>,
    priority: Option<Priority>,
    tags: Vec<String>,
    targets: Targets,
    complex: Option<bool>,
    people_first: Option<bool>,
}

/// What follows a rule that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Nothing: it is the last one.
    Stop,
    /// Later rules may add.
    GoOn,
}

/// Target times in minutes of business time; `None` for the desk's usual ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Targets {
    /// Of the first reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    /// Of each later reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// Of the resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve: Option<u32>,
}

impl Targets {
    /// As a ticket keeps them.
    pub fn to_map(self) -> Map<String, Value> {
        [("first", self.first), ("next", self.next), ("resolve", self.resolve)]
            .into_iter()
            .filter_map(|(which, minutes)| Some((which.to_owned(), minutes?.into())))
            .collect()
    }

    fn or(self, other: Targets) -> Targets {
        Targets {
            first: self.first.or(other.first),
            next: self.next.or(other.next),
            resolve: self.resolve.or(other.resolve),
        }
    }
}

/// Where a question goes and how.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Routed {
    /// The team.
    pub team: String,
    /// What named it.
    pub team_from: TeamFrom,
    /// How urgent.
    pub priority: Priority,
    /// Sorted, each once; those that it had before included.
    pub tags: Vec<String>,
    /// Targets that are not the usual ones.
    pub targets: Targets,
    /// Whether it counts against the capacity of whoever has it; without a rule, whatever has a topic does.
    pub complex: bool,
    /// Whether people have it before the bot.
    pub people_first: bool,
    /// What each rule said, in order.
    pub trace: Vec<RuleTrace>,
}

/// What named the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeamFrom {
    /// A rule.
    Rule,
    /// The topic, or the ticket itself.
    Topic,
    /// Nothing: it is the escalation inbox.
    Escalation,
}

/// Why people have a question before the bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeopleFirst {
    /// The rule.
    pub rule: String,
    /// The sensitive topic that the rule puts the question under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleTrace {
    /// The rule's name.
    pub rule: String,
    /// Whether it took the question.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether a rule took a question.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "matched", rename_all = "snake_case")]
pub enum Verdict {
    /// It did.
    Yes,
    /// It did not.
    No {
        /// The first condition that does not hold, with what was found instead.
        #[schema(value_type = String)]
        because: Failure,
    },
    /// A rule before it was the last one.
    NotAsked,
}

impl Routing {
    /// The rules of a file, or those that come with the program. `escalation_team` gets what nothing else takes.
    ///
    /// # Errors
    /// An unreadable or wrong file, with its name, the rule and the key.
    pub fn load(path: Option<&Path>, escalation_team: &str) -> Result<Self, RoutingError> {
        let (file, text) = Self::read(path)?;
        Self::parse(&file, &text, escalation_team)
    }

    /// Name and text of a file of rules, or of the one that comes with the program.
    ///
    /// # Errors
    /// [`RoutingError::Io`].
    pub fn read(path: Option<&Path>) -> Result<(String, String), RoutingError> {
        let Some(path) = path else {
            return Ok((BUILT_IN_FILE.to_owned(), BUILT_IN.to_owned()));
        };
        let text = fs::read_to_string(path).map_err(|source| RoutingError::Io {
            path: path.to_owned(),
            source,
        })?;
        Ok((path.display().to_string(), text))
    }

    /// The rules that come with the program.
    pub fn built_in(escalation_team: &str) -> Self {
        Self::parse(BUILT_IN_FILE, BUILT_IN, escalation_team).expect("a test reads the built-in rules")
    }

    /// Rules from a text; `file` is what messages call it.
    ///
    /// # Errors
    /// [`RoutingError::Syntax`] or [`RoutingError::Rule`].
    pub fn parse(file: &str, text: &str, escalation_team: &str) -> Result<Self, RoutingError> {
        let read::File { rules, views } = read::file(file, text)?;
        let mut hash = hex::encode(Sha256::digest(text.as_bytes()));
        hash.truncate(16);
        Ok(Routing {
            rules,
            views,
            escalation_team: escalation_team.to_owned(),
            hash,
        })
    }

    /// First 16 hexadecimal digits of the SHA-256 over the text.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule, so that topics alone choose teams.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that sends this question to people before the bot decides, if one does. Asked when neither the bot's reason
    /// nor (without a matching topic rule) a topic is known, so conditions on those do not hold.
    pub fn people_first(&self, facts: &Facts<'_>) -> Option<PeopleFirst> {
        let decides = |rule: &&Rule| rule.actions.people_first.is_some() || rule.actions.topic.is_some();
        let rule = self.matching(facts).find(decides)?;
        let topic = rule.actions.topic.clone();
        (topic.is_some() || rule.actions.people_first == Some(true)).then(|| PeopleFirst {
            rule: rule.name.clone(),
            topic,
        })
    }

    /// The condition of a view of the queue.
    pub fn view(&self, name: &str) -> Option<&Condition> {
        self.views.iter().find(|(own, _)| own == name).map(|(_, when)| when)
    }

    /// The teams that rules name.
    pub fn teams(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter_map(|rule| rule.actions.team.as_deref())
    }

    /// Names of the views, in their order.
    pub fn views(&self) -> impl Iterator<Item = &str> {
        self.views.iter().map(|(name, _)| name.as_str())
    }

    /// Where the question or ticket goes and how. Its topic's team is expected in [`Facts::team`].
    pub fn route(&self, facts: &Facts<'_>) -> Routed {
        let mut set = Actions::default();
        let mut tags: BTreeSet<String> = facts.tags.iter().cloned().collect();
        for rule in self.matching(facts) {
            // What an earlier rule has set stays.
            set.team = set.team.or_else(|| rule.actions.team.clone());
            set.priority = set.priority.or(rule.actions.priority);
            set.targets = set.targets.or(rule.actions.targets);
            set.complex = set.complex.or(rule.actions.complex);
            set.people_first = set.people_first.or(rule.actions.people_first);
            tags.extend(rule.actions.tags.iter().cloned());
        }
        let (team, team_from) = match (set.team, facts.team) {
            (Some(team), _) => (team, TeamFrom::Rule),
            (None, Some(team)) => (team.to_owned(), TeamFrom::Topic),
            (None, None) => (self.escalation_team.clone(), TeamFrom::Escalation),
        };
        Routed {
            team,
            team_from,
            priority: set.priority.unwrap_or(facts.priority),
            tags: tags.into_iter().collect(),
            targets: set.targets,
            complex: set.complex.unwrap_or(facts.topic.is_some()),
            people_first: set.people_first.unwrap_or(false),
            trace: self.trace(facts),
        }
    }

    /// Rules that match, up to the one that stops.
    fn matching<'r>(&'r self, facts: &Facts<'_>) -> impl Iterator<Item = &'r Rule> {
        let mut stopped = false;
        self.rules
            .iter()
            .filter(|rule| rule.when.holds(facts))
            .take_while(move |rule| {
                let wanted = !stopped;
                stopped |= rule.after == After::Stop;
                wanted
            })
    }

    fn trace(&self, facts: &Facts<'_>) -> Vec<RuleTrace> {
        let mut stopped = false;
        self.rules
            .iter()
            .map(|rule| {
                let verdict = if stopped {
                    Verdict::NotAsked
                } else if let Some(because) = rule.when.first_failure(facts) {
                    Verdict::No { because }
                } else {
                    stopped = rule.after == After::Stop;
                    Verdict::Yes
                };
                RuleTrace {
                    rule: rule.name.clone(),
                    verdict,
                }
            })
            .collect()
    }

    /// What an operator should know about the rules, one sentence each: rules that are never reached, and topics that
    /// `policy` does not have.
    pub fn problems(&self, policy: &Policy) -> Vec<String> {
        let mut problems = Vec::new();
        let mut last: Option<&str> = None;
        for rule in &self.rules {
            if let Some(last) = last {
                problems.push(format!(
                    "rule {:?} is never reached: {last:?} takes everything and is the last rule that is asked",
                    rule.name
                ));
            } else if rule.when.is_always() && rule.after == After::Stop {
                last = Some(&rule.name);
            }
            let unknown = rule
                .when
                .topics()
                .into_iter()
                .chain(rule.actions.topic.as_deref())
                .filter(|topic| policy.topic(topic).is_none());
            problems.extend(unknown.map(|topic| {
                format!(
                    "rule {:?} names the topic {topic:?}, which no topic rule has (an article may name it)",
                    rule.name
                )
            }));
        }
        problems
    }
}

#[cfg(test)]
#[path = "routing_tests.rs"]
mod tests;
