//! `/settings/promises`: by when people mean to reply, and when a ticket is brought to others.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    Refusal, Saved, back,
    form::{Field, Form, list},
    frames, if_open, mark_of, mistaken, save, show as send,
};
use crate::{
    config::{Config, Violation},
    desk::people::Permission,
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::staff::StaffFrame,
};

const PATH: &str = "/settings/promises";

#[derive(Template)]
#[template(path = "settings_promises.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    seen: String,
    targets: Vec<Field>,
    more: Vec<Field>,
}

pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let form = form_of(&web.config());
    page(&web, &staff, form, saved.told(), None, &headers).await
}

fn form_of(config: &Config) -> Form {
    let mut form = Form::default();
    let desk = &config.desk;
    for (key, value) in [
        ("desk.targets.first", &desk.targets.first),
        ("desk.targets.next", &desk.targets.next),
        ("desk.targets.resolve", &desk.targets.resolve),
    ] {
        form.set(key, value.clone().unwrap_or_default());
    }
    form.set(
        "desk.escalate_after",
        desk.escalate_after.as_deref().unwrap_or_default().join(", "),
    );
    form.set("desk.claim_minutes", desk.claim_minutes.to_string());
    form.set("desk.resolve_silence_days", desk.resolve_silence_days.to_string());
    form.set("desk.misses", desk.misses.to_string());
    form
}

async fn page(
    web: &Web,
    staff: &Staff,
    form: Form,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let config = web.config();
    let (frame, desk) = frames(web, staff, PATH, Permission::ChangeSettings)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let seen = mark_of(web, Some(&form), &refusal).await?;
    let of = |key| Field::of_key(key, &form, &config);
    let (first, resolve, ladder) = match config.desk.hours.is_set() {
        true => ("8h", "40h", "4h, 8h"),
        false => ("24h", "72h", "no steps"),
    };
    let mut page = Page {
        frame,
        desk,
        seen,
        targets: vec![
            of("desk.targets.first").placeholder(first),
            of("desk.targets.next").placeholder("as the first"),
            of("desk.targets.resolve").placeholder(resolve),
        ],
        more: vec![
            of("desk.escalate_after")
                .hint("Waiting times after which a ticket climbs a step, each longer than the one before: 4h, 8h.")
                .placeholder(ladder),
            of("desk.claim_minutes")
                .kind("number")
                .hint("A claim that nobody touches for so long is free again."),
            of("desk.misses")
                .kind("number")
                .hint("After so many the bot hands over to a person by itself."),
            of("desk.resolve_silence_days")
                .kind("number")
                .hint("A ticket that staff think is solved is closed as silent after so many days without a word."),
        ],
    };
    page.desk.point_to(mistaken(page.targets.iter().chain(&page.more)));
    send(&page, status, headers)
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    let config = web.config();
    let default = Config::default().desk;
    // What is no number is told as the check of the config would.
    let mut wrong = Vec::new();
    let mut number = |key: &str, usual: u32| {
        let text = form.given(key)?;
        match text.parse::<u32>() {
            Ok(number) => if_open(&config, key, Some(number).filter(|number| *number != usual)),
            Err(_) => {
                wrong.push(Violation {
                    key: key.to_owned(),
                    value: text,
                    allowed: "must be a whole number".to_owned(),
                });
                None
            }
        }
    };
    let claim_minutes = number("desk.claim_minutes", default.claim_minutes);
    let silence = number("desk.resolve_silence_days", default.resolve_silence_days);
    let misses = number("desk.misses", default.misses);
    if !wrong.is_empty() {
        let mut refusal = Refusal::invalid(wrong);
        refusal.mark(&mut form, |key| Some(key.to_owned()));
        return page(&web, &staff, form, None, Some(refusal), &headers).await;
    }
    let text = |key: &str| if_open(&config, key, form.given(key));
    let (first, next, resolve) = (
        text("desk.targets.first"),
        text("desk.targets.next"),
        text("desk.targets.resolve"),
    );
    let steps = list(form.get("desk.escalate_after"), &[',', ';', '\n']);
    let ladder = if_open(&config, "desk.escalate_after", (!steps.is_empty()).then_some(steps));
    let saved = save(
        &web,
        &staff,
        form.get("seen"),
        |settings| {
            let desk = &settings.desk;
            let numbers = (desk.claim_minutes, desk.resolve_silence_days, desk.misses);
            (desk.targets.clone(), desk.escalate_after.clone(), numbers)
        },
        |settings| {
            let desk = &mut settings.desk;
            desk.targets.first.clone_from(&first);
            desk.targets.next.clone_from(&next);
            desk.targets.resolve.clone_from(&resolve);
            desk.escalate_after.clone_from(&ladder);
            (desk.claim_minutes, desk.resolve_silence_days, desk.misses) = (claim_minutes, silence, misses);
        },
    )
    .await?;
    match saved {
        Ok(()) => Ok(back("/settings/promises?saved=1")),
        Err(mut refusal) => {
            refusal.mark(&mut form, |key| {
                let key = key.split('[').next().unwrap_or(key);
                form_of(&config).is_on(key).then(|| key.to_owned())
            });
            page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}
