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

/// Puts the rule of the form into the draft, if it is one that can be used; returns what its matches are told of.
pub async fn keep(web: &Web, work: &mut Work, form: &mut Form) -> Result<Subject, String> {
    const WRONG: &str = "Something is missing or wrong below. Nothing was kept yet; what you typed is still here.";
    let number: Option<usize> = form.get("rule").parse().ok();
    let place: usize = form.get("place").parse().unwrap_or_default();
    let mut edited = work.clone();
    let name = if work.kind == DocumentKind::Topics {
        let known = Known::read(web, work).await.map_err(|problem| problem.detail)?;
        let (file, before) = topic_of(work, form).unwrap_or_default();
        let mut topic = topic_form::read(form, &before, &known.languages).ok_or(WRONG)?;
        let file = match number {
            None => {
                let file = list::add_topic(&mut edited, place, topic.clone())?;
                topic.id = file.trim_end_matches(".toml").to_owned();
                file
            }
            Some(_) => {
                let text = topic.write(work.file(&file).unwrap_or_default())?;
                edited.set(&file, text);
                file
            }
        };
        let text = edited.file(&file).unwrap_or_default().to_owned();
        let (sent, id) = (form.clone(), topic.id.clone());
        // Patterns take a moment to compile, and customers are being answered meanwhile.
        let checked = tokio::task::spawn_blocking(move || {
            let mut form = sent;
            let checked = topic_form::check(&mut form, &file, &text, &topic);
            (form, checked)
        });
        let (marked, checked) = checked.await.map_err(|error| error.to_string())?;
        *form = marked;
        checked?;
        id
    } else {
        let rule = rule_form::read(form).ok_or(WRONG)?;
        list::keep_rule(&mut edited, number, place, &rule)?;
        rule_form::check(form, edited.routing(), &rule.name)?;
        rule.name
    };
    *work = edited;
    let word = if work.kind == DocumentKind::Topics {
        "topic"
    } else {
        "rule"
    };
    Ok(Subject {
        called: format!("This {word}"),
        name,
    })
}

/// What the draft, with the rule of an open form in it, would do.
pub async fn look(web: &Web, work: &Work, form: &mut Form, view: View, verb: &str) -> Result<Outcome, Problem> {
    let known = Known::read(web, work).await?;
    let mut looked_at = work.clone();
    let subjects = match view {
        View::Rule => match keep(web, &mut looked_at, form).await {
            Ok(subject) => vec![subject],
            Err(why) => return Ok(Outcome::refused(why)),
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
                outcome = Outcome::refused("The question cannot be tried like this.");
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
            let outcome = Outcome {
                refusal: Some(refusal),
                ..Outcome::default()
            };
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
