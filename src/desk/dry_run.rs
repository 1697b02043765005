//! What the rules would do with a question, rule by rule, without asking it for real. Pure.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    Clockwork,
    conditions::Facts,
    routing::{PeopleFirst, Routed, Routing},
};
use crate::answer::{HandoffReason, Policy, Question};

/// Rules and hours under which a question is looked at.
pub struct DryRun<'a> {
    /// Which questions go to people.
    pub policy: &'a Policy,
    /// Which people.
    pub routing: &'a Routing,
    /// When they are there.
    pub clocks: &'a Clockwork,
}

/// A question, and what is supposed about it.
pub struct Wanted {
    /// The words and what the page claims.
    pub question: Question,
    /// Its language.
    pub language: String,
    /// Where it comes in.
    pub channel: String,
    /// What the host site has signed.
    pub signed: Option<Map<String, Value>>,
    /// Its topic, whatever the topic rules say.
    pub topic: Option<String>,
    /// Why it goes to people; without it what the rules say, else that the bot is not sure.
    pub reason: Option<HandoffReason>,
    /// Why it goes to people if neither a topic nor a rule sends it; without it, because the bot is not sure.
    pub otherwise: Option<HandoffReason>,
    /// When.
    pub at: Timestamp,
}

/// What the rules do with a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// As it was asked.
    pub question: String,
    /// Its language.
    pub language: String,
    /// Where it came in.
    pub channel: String,
    /// When, in the desk's zone.
    pub at: String,
    /// `open` or `closed`.
    #[schema(value_type = String)]
    pub hours: &'static str,
    /// The topic that takes it.
    pub topic: Option<ExplainedTopic>,
    /// The rule that sends it to people before the bot decides.
    pub people_first: Option<PeopleFirst>,
    /// Why it goes to people, if it does.
    pub reason: HandoffReason,
    /// Team, priority, tags, and what each rule said.
    pub result: Routed,
    /// Business minutes within which people mean to reply first.
    pub first_reply_minutes: u64,
    /// By when that is, without what waits before it; RFC 3339.
    pub first_reply_by: Option<String>,
    /// Hash of the topic rules.
    pub topic_rules: String,
    /// Hash of the rules of routing.
    pub routing_rules: String,
}

/// The topic that takes a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedTopic {
    /// Its id.
    pub id: String,
    /// Its team; none if no topic rule has it.
    pub team: Option<String>,
    /// The pattern that took it; none if the topic was given.
    pub pattern: Option<String>,
}

impl DryRun<'_> {
    /// What happens to a question.
    pub fn explain(&self, wanted: &Wanted) -> Explanation {
        let Wanted {
            question, language, at, ..
        } = wanted;
        let topic = self.topic(wanted);
        let mut facts = Facts::of_question(
            question,
            language,
            &wanted.channel,
            wanted.signed.as_ref(),
            *at,
            self.clocks.calendar(),
        );
        facts.topic = topic.as_ref().map(|topic| topic.id.as_str());
        facts.team = topic.as_ref().and_then(|topic| topic.team.as_deref());
        let people_first = self.routing.people_first(&facts);
        let of_topic = topic.as_ref().map(|topic| {
            let rule = self.policy.topic(&topic.id);
            rule.map_or(HandoffReason::SensitiveTopic, |rule| rule.reason)
        });
        let by_rule = people_first.as_ref().and_then(|first| first.topic.clone());
        let of_customer = people_first.as_ref().map(|first| match first.topic {
            Some(_) => HandoffReason::SensitiveTopic,
            None => HandoffReason::PeopleFirst,
        });
        if let Some(id) = by_rule.as_deref().filter(|_| topic.is_none()) {
            facts.topic = Some(id);
            facts.team = self.policy.topic(id).map(|topic| topic.team.as_str());
        }
        let reason = wanted.reason.or(of_topic).or(of_customer);
        let reason = reason.or(wanted.otherwise).unwrap_or(HandoffReason::LowConfidence);
        facts.reason = Some(reason);
        let result = self.routing.route(&facts);
        let usual = self.clocks.first_target_of(&result.team);
        let own = result
            .targets
            .first
            .map(|minutes| std::time::Duration::from_secs(u64::from(minutes) * 60));
        let target = own.unwrap_or(usual);
        Explanation {
            question: question.text.clone(),
            language: language.clone(),
            channel: wanted.channel.clone(),
            at: at.to_zoned(self.clocks.calendar().zone().clone()).to_string(),
            hours: if facts.open { "open" } else { "closed" },
            people_first,
            reason,
            first_reply_minutes: target.as_secs() / 60,
            first_reply_by: self
                .clocks
                .calendar_of(&result.team)
                .add(*at, target)
                .map(|by| by.to_string()),
            result,
            topic,
            topic_rules: self.policy.hash().to_owned(),
            routing_rules: self.routing.hash().to_owned(),
        }
    }

    fn topic(&self, wanted: &Wanted) -> Option<ExplainedTopic> {
        let (id, pattern) = match &wanted.topic {
            Some(id) => (id.clone(), None),
            None => {
                let rule = self.policy.matching(&wanted.question.text)?;
                (rule.topic.to_owned(), Some(rule.pattern.to_owned()))
            }
        };
        let team = self.policy.topic(&id).map(|topic| topic.team.clone());
        Some(ExplainedTopic { id, team, pattern })
    }
}
