//! What the buttons of the rules' pages do with a draft: keep a rule in it, try it, compare it, publish it.

use axum::http::StatusCode;

use super::{
    super::{Refusal, form::Form},
    Known, Outcome, View, list, looked,
    looked::Subject,
    moment, rule_form, theirs, topic_form, topic_of, who,
    work::Work,
};
use crate::{
    app::ChangeError,
    http::{Problem, Staff, state::Web},
    store::DocumentKind,
};

/// Past questions that are decided again.
const COMPARED: usize = 500;
/// Differences that are shown.
const SHOWN: usize = 20;

/// Puts the rule of the form into the draft, if it is one that can be used; returns what its matches are told of. What is
/// wrong with it stands beside its fields.
pub async fn keep(web: &Web, work: &mut Work, form: &mut Form) -> Result<Result<Subject, Refusal>, Problem> {
    let known = Known::read(web, work).await?;
    let mut edited = work.clone();
    let (word, kept) = match work.kind {
        DocumentKind::Topics => ("topic", keep_topic(&known, &mut edited, form).await?),
        _ => ("rule", keep_rule(&known, &mut edited, form)),
    };
    Ok(kept.map(|name| {
        *work = edited;
        Subject {
            called: format!("This {word}"),
            name,
        }
    }))
}

/// A text that cannot be read as rules, or that cannot be changed as the form wants it.
fn unusable(why: impl Into<String>) -> Refusal {
    Refusal::plain(StatusCode::UNPROCESSABLE_ENTITY, why)
}

/// The place that was chosen for a new rule; else the one that is offered.
fn place_of(work: &Work, form: &Form) -> usize {
    let chosen = form.get("place").parse();
    chosen.unwrap_or_else(|_| list::places(work).1.parse().unwrap_or_default())
}

/// Puts the topic of the form into the draft; returns its id.
async fn keep_topic(known: &Known, work: &mut Work, form: &mut Form) -> Result<Result<String, Refusal>, Problem> {
    let (file, before) = topic_of(work, form).unwrap_or_default();
    let Some(mut topic) = topic_form::read(form, &before, &known.languages, &known.teams) else {
        return Ok(Err(Refusal::of_fields()));
    };
    let written = match form.get("rule").parse::<usize>() {
        Err(_) => list::add_topic(work, place_of(work, form), topic.clone()),
        Ok(_) => topic.write(work.file(&file).unwrap_or_default()).map(|text| {
            work.set(&file, text);
            file
        }),
    };
    let file = match written {
        Ok(file) => file,
        Err(why) => return Ok(Err(unusable(why))),
    };
    if topic.id.is_empty() {
        topic.id = file.trim_end_matches(".toml").to_owned();
    }
    let text = work.file(&file).unwrap_or_default().to_owned();
    let (sent, id) = (form.clone(), topic.id.clone());
    // Patterns take a moment to compile, and customers are being answered meanwhile.
    let checked = tokio::task::spawn_blocking(move || {
        let mut form = sent;
        let checked = topic_form::check(&mut form, &file, &text, &topic);
        (form, checked)
    });
    let (marked, checked) = checked.await.map_err(Problem::internal)?;
    *form = marked;
    Ok(checked.map(|()| id))
}

/// Puts the rule of routing of the form into the draft; returns its name.
fn keep_rule(known: &Known, work: &mut Work, form: &mut Form) -> Result<String, Refusal> {
    let rule = rule_form::read(form, &known.teams).ok_or_else(Refusal::of_fields)?;
    let (number, place) = (form.get("rule").parse().ok(), place_of(work, form));
    list::keep_rule(work, number, place, &rule).map_err(unusable)?;
    rule_form::check(form, work.routing(), &rule.name)?;
    Ok(rule.name)
}

/// What the draft, with the rule of an open form in it, would do.
pub async fn look(web: &Web, work: &Work, form: &mut Form, view: View, verb: &str) -> Result<Outcome, Problem> {
    let known = Known::read(web, work).await?;
    let mut looked_at = work.clone();
    let subjects = match view {
        View::Rule => match keep(web, &mut looked_at, form).await? {
            Ok(subject) => vec![subject],
            Err(refusal) => return Ok(Outcome::of(refusal)),
        },
        _ => list::edited(work, &known.names),
    };
    let draft = match web.draft(work.kind, &looked_at.files).await {
        Ok(draft) => draft,
        Err(error) => return refused(error),
    };
    let mut outcome = Outcome {
        checked: verb == "check",
        ..Outcome::default()
    };
    match verb {
        "try" => match looked::wanted(web, form) {
            Ok(wanted) => {
                outcome.tried = Some(looked::tried(web, &draft, &wanted, &known.names, |at| moment(web, at)));
            }
            Err((field, why)) => {
                form.wrong(field, &why);
                outcome = Outcome::of(Refusal::of_fields());
            }
        },
        "compare" => {
            outcome.doubts = web.doubts(work.kind, &draft).await?;
            let found = web.differences(&draft, COMPARED, SHOWN).await?;
            let of_topics = work.kind == DocumentKind::Topics;
            outcome.compared = Some(looked::compared(&found, &draft, &subjects, of_topics, &known.names));
        }
        _ => outcome.doubts = web.doubts(work.kind, &draft).await?,
    }
    Ok(outcome)
}

/// Publishes the draft; returns what the next page says, or the draft on top of what others have published, and why it is not.
pub async fn publish(
    web: &Web,
    staff: &Staff,
    work: Work,
) -> Result<Result<&'static str, (Work, Box<Outcome>)>, Problem> {
    if work.changed().is_empty() {
        let told = "Nothing is changed, so there is nothing to publish.";
        let outcome = Outcome {
            done: Some(told.to_owned()),
            ..Outcome::default()
        };
        return Ok(Err((work, Box::new(outcome))));
    }
    let (now, document) = Work::current(web, work.kind).await?;
    let mut saved = "1";
    let work = match now.seen == work.seen {
        true => work,
        false => {
            let known = Known::read(web, &work).await?;
            let by = document.map_or_else(String::new, |document| {
                format!(
                    "{}, {}",
                    who(&known.people, &document.kept_by),
                    moment(web, document.kept_at)
                )
            });
            let theirs = theirs::told(work.kind, &work.base, &now.base, &known.names, by);
            let (rebased, against) = work.rebased(now);
            // Topics are files of their own; what others did to other topics stays. Rules of routing work together, so their
            // author looks at both before they count.
            if !against.is_empty() || work.kind != DocumentKind::Topics {
                let next = match against.is_empty() {
                    true => "Your changes now stand on top of theirs. Look at both, then publish.",
                    false => "Look at what they did: publishing again puts your rules in place of theirs.",
                };
                let told = format!(
                    "Somebody else has published rules while you were here. Nothing was published; what you changed is still here. \
                     {next}"
                );
                let outcome = Outcome {
                    refusal: Some(Refusal::plain(StatusCode::CONFLICT, told)),
                    theirs: Some(theirs),
                    ..Outcome::default()
                };
                return Ok(Err((rebased, Box::new(outcome))));
            }
            saved = "both";
            rebased
        }
    };
    match web
        .publish_rules(work.kind, &work.files, work.seen.as_deref(), &staff.id)
        .await
    {
        Ok(_) => Ok(Ok(saved)),
        // In this very moment: the form still says what its author saw, so the next try tells what they did.
        Err(ChangeError::Stale(_)) => {
            let refusal = Refusal::plain(
                StatusCode::CONFLICT,
                "Somebody else is publishing rules right now. Publish again to see theirs.",
            );
            let outcome = Outcome::of(refusal);
            Ok(Err((work, Box::new(outcome))))
        }
        Err(error) => Ok(Err((work, Box::new(refused(error)?)))),
    }
}

fn refused(error: ChangeError) -> Result<Outcome, Problem> {
    match error {
        ChangeError::Rules(reasons) => Ok(Outcome {
            mistakes: reasons,
            ..Outcome::refused("These rules cannot be used. Nothing was published; what you typed is still here.")
        }),
        error => Err(error.into()),
    }
}
