use jiff::SignedDuration;
use rand::SeedableRng;
use tempfile::TempDir;

use super::*;
use crate::clock::FixedClock;

const PASSWORD: &str = "kopi susu tanpa gula";

struct Harness {
    people: People,
    store: Store,
    clock: FixedClock,
    _folder: TempDir,
}

async fn harness() -> Harness {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let store = Store::open(&url).await.expect("a store");
    let clock = FixedClock::new("2026-11-23T02:30:00Z".parse::<Timestamp>().expect("a time"));
    let people = People::new(store.clone(), Arc::new(clock.clone()), ChaCha12Rng::seed_from_u64(7));
    Harness {
        people,
        store,
        clock,
        _folder: folder,
    }
}

impl Harness {
    async fn add(&self, name: &str, role: Role) -> Person {
        let new = new_person(name, role);
        let added = self.people.add(new, Some(PASSWORD), "cli:test").await;
        added.expect("a person").0
    }

    fn later(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }
}

fn new_person(name: &str, role: Role) -> NewPerson {
    NewPerson {
        email: format!("{name}@example.com"),
        name: name.into(),
        role,
        teams: Vec::new(),
        skills: Vec::new(),
        level: None,
        capacity: None,
    }
}

fn disabled() -> PersonPatch {
    PersonPatch {
        disabled: Some(true),
        ..PersonPatch::default()
    }
}

#[tokio::test]
async fn the_right_password_lets_in_and_every_failure_reads_the_same() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    h.add("budi", Role::Agent).await;
    h.people
        .add(new_person("citra", Role::Agent), None, "t")
        .await
        .expect("without a password");
    let budi = h
        .people
        .by_email("budi@example.com")
        .await
        .expect("read")
        .expect("budi");
    h.people
        .change(&budi.id, &disabled(), None, "t")
        .await
        .expect("disabled");
    let signed_in = h.people.sign_in(" Ana@Example.com", PASSWORD).await.expect("signed in");
    assert_eq!(signed_in.person, ana);
    assert_eq!(signed_in.secret.len(), 43);
    for (email, password) in [
        ("ana@example.com", "kopi susu tanpa gulA"),
        ("budi@example.com", PASSWORD),
        ("citra@example.com", ""),
        ("nobody@example.com", PASSWORD),
        ("", ""),
    ] {
        let refused = h.people.sign_in(email, password).await;
        assert_eq!(refused, Err(PeopleError::WrongCredentials), "{email}");
    }
}

#[tokio::test]
async fn attempts_for_one_account_are_slowed_down_whoever_makes_them() {
    let h = harness().await;
    h.add("ana", Role::Agent).await;
    let mut slowed = 0;
    for _ in 0..14 {
        if let Err(PeopleError::TooManyAttempts { retry_after }) = h.people.sign_in("nobody@example.com", "x").await {
            assert!(retry_after.as_secs() <= 60);
            slowed += 1;
        }
    }
    assert!(slowed >= 3, "{slowed}");
    assert!(h.people.sign_in("ana@example.com", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_thirty_days_at_most() {
    let h = harness().await;
    h.add("ana", Role::Agent).await;
    let secret = h
        .people
        .sign_in("ana@example.com", PASSWORD)
        .await
        .expect("signed in")
        .secret;
    for _ in 0..65 {
        h.later(11);
        assert!(h.people.session(&secret).await.expect("read").is_some());
    }
    // 715 of 720 hours are over: being seen helps no more.
    h.later(6);
    assert_eq!(h.people.session(&secret).await, Ok(None));
    let idle = h
        .people
        .sign_in("ana@example.com", PASSWORD)
        .await
        .expect("signed in")
        .secret;
    h.later(12);
    assert_eq!(h.people.session(&idle).await, Ok(None));
    assert_eq!(h.people.session("made up").await, Ok(None));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_needs_the_old_one() {
    let h = harness().await;
    h.add("ana", Role::Agent).await;
    let sign_in = async || {
        h.people
            .sign_in("ana@example.com", PASSWORD)
            .await
            .expect("signed in")
            .secret
    };
    let (here, there) = (sign_in().await, sign_in().await);
    let link = h
        .people
        .make_link(&h.people.list().await.expect("read")[0].id, "t")
        .await
        .expect("a link");
    let wrong = h
        .people
        .change_password(&here, Some("wrong"), "teh tarik dua gelas")
        .await;
    assert_eq!(wrong, Err(PeopleError::WrongCredentials));
    assert_eq!(
        h.people.change_password(&here, None, "x").await,
        Err(PeopleError::WrongCredentials)
    );
    let changed = h
        .people
        .change_password(&here, Some(PASSWORD), "teh tarik dua gelas")
        .await;
    assert!(changed.is_ok());
    assert!(h.people.session(&here).await.expect("read").is_some());
    assert_eq!(h.people.session(&there).await, Ok(None));
    assert_eq!(h.people.look_at_link(&link.secret).await, Ok(None));
    assert!(h.people.sign_in("ana@example.com", "teh tarik dua gelas").await.is_ok());
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    let secret = h
        .people
        .sign_in("ana@example.com", PASSWORD)
        .await
        .expect("signed in")
        .secret;
    let link = h.people.make_link(&ana.id, "t").await.expect("a link");
    h.people
        .change(&ana.id, &disabled(), None, "t")
        .await
        .expect("disabled");
    assert_eq!(h.people.session(&secret).await, Ok(None));
    assert_eq!(h.people.look_at_link(&link.secret).await, Ok(None));
    assert_eq!(h.people.sign_in_by_link(&link.secret).await, Err(PeopleError::DeadLink));
    // Let in again, the old session does not come back.
    let enabled = PersonPatch {
        disabled: Some(false),
        ..PersonPatch::default()
    };
    h.people.change(&ana.id, &enabled, None, "t").await.expect("enabled");
    assert_eq!(h.people.session(&secret).await, Ok(None));
}

#[tokio::test]
async fn a_link_lets_in_once_within_a_day_and_ends_the_old_password() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    let elsewhere = h
        .people
        .sign_in("ana@example.com", PASSWORD)
        .await
        .expect("signed in")
        .secret;
    let first = h.people.make_link(&ana.id, "t").await.expect("a link");
    let second = h.people.make_link(&ana.id, "t").await.expect("a link");
    assert_eq!(
        h.people.look_at_link(&first.secret).await,
        Ok(None),
        "a newer one replaces it"
    );
    for _ in 0..2 {
        let looked = h.people.look_at_link(&second.secret).await.expect("read");
        assert_eq!(
            looked.map(|person| person.id),
            Some(ana.id.clone()),
            "looking does not use it up"
        );
    }
    let signed_in = h.people.sign_in_by_link(&second.secret).await.expect("signed in");
    assert!(!signed_in.person.has_password);
    assert_eq!(
        h.people.sign_in_by_link(&second.secret).await,
        Err(PeopleError::DeadLink)
    );
    assert_eq!(h.people.session(&elsewhere).await, Ok(None));
    assert_eq!(
        h.people.sign_in("ana@example.com", PASSWORD).await,
        Err(PeopleError::WrongCredentials)
    );
    let chosen = h
        .people
        .change_password(&signed_in.secret, None, "teh tarik dua gelas")
        .await;
    assert!(chosen.expect("no old one is needed").has_password);
    let late = h.people.make_link(&ana.id, "t").await.expect("a link");
    h.later(24);
    assert_eq!(h.people.look_at_link(&late.secret).await, Ok(None));
    assert_eq!(h.people.sign_in_by_link(&late.secret).await, Err(PeopleError::DeadLink));
}

#[tokio::test]
async fn somebody_is_left_who_may_change_people() {
    let h = harness().await;
    let ana = h.add("ana", Role::Administrator).await;
    let demoted = PersonPatch {
        role: Some(Role::Agent),
        ..PersonPatch::default()
    };
    for patch in [&disabled(), &demoted] {
        let refused = h.people.change(&ana.id, patch, None, "t").await;
        assert_eq!(refused, Err(PeopleError::LastAdministrator));
    }
    h.add("budi", Role::Administrator).await;
    assert!(h.people.change(&ana.id, &demoted, None, "t").await.is_ok());
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    let named = |name: &str| PersonPatch {
        name: Some(name.into()),
        ..PersonPatch::default()
    };
    assert_eq!(ana.version, 1);
    let changed = h
        .people
        .change(&ana.id, &named("Ana B."), Some(1), "t")
        .await
        .expect("changed");
    assert_eq!((changed.version, changed.name.as_str()), (2, "Ana B."));
    let stale = h.people.change(&ana.id, &named("Ana C."), Some(1), "t").await;
    assert_eq!(stale, Err(PeopleError::Stale { version: 2 }));
    let empty = h.people.change(&ana.id, &named(" "), None, "t").await;
    assert!(matches!(empty, Err(PeopleError::Invalid { field: "name", .. })));
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_at_once() {
    let h = harness().await;
    let new = NewToken {
        name: "export".into(),
        scopes: vec![Scope::TicketsRead, Scope::TicketsRead],
    };
    let (token, secret) = h.people.add_token(&new, "ana").await.expect("a token");
    assert!(secret.starts_with("tanya_") && token.scopes == [Scope::TicketsRead]);
    assert!(!format!("{:?}", h.store.tokens().await.expect("read")).contains(&secret));
    let used = h.people.token(&secret).await.expect("read").expect("it lets in");
    assert_eq!((used.id.as_str(), used.used_at), (token.id.as_str(), None));
    h.clock.advance(SignedDuration::from_secs(59));
    h.people.token(&secret).await.expect("read");
    assert_eq!(
        h.people.tokens().await.expect("read")[0].used_at.as_deref(),
        Some("2026-11-23T02:30:00Z")
    );
    h.clock.advance(SignedDuration::from_secs(1));
    h.people.token(&secret).await.expect("read");
    assert_eq!(
        h.people.tokens().await.expect("read")[0].used_at.as_deref(),
        Some("2026-11-23T02:31:00Z")
    );
    h.people.revoke_token(&token.id, "ana").await.expect("revoked");
    assert_eq!(h.people.token(&secret).await, Ok(None));
    assert!(h.people.revoke_token("nothing", "ana").await.is_err());
    let none = NewToken {
        scopes: Vec::new(),
        ..new
    };
    assert!(h.people.add_token(&none, "ana").await.is_err());
}

#[tokio::test]
async fn the_list_in_memory_follows_every_change() {
    let h = harness().await;
    let at = h.clock.now();
    assert!(h.people.on_duty("billing", at).await.expect("read").is_empty());
    let ana = h.add("ana", Role::Agent).await;
    let budi = h.add("budi", Role::Agent).await;
    let on_duty = async || {
        let found = h.people.on_duty("billing", at).await.expect("read");
        found.into_iter().map(|person| person.name).collect::<Vec<_>>()
    };
    assert_eq!(on_duty().await, ["ana", "budi"]);
    h.people
        .set_availability(&budi.id, Availability::Away, "t")
        .await
        .expect("away");
    assert_eq!(on_duty().await, ["ana"]);
    h.people
        .set_availability(&budi.id, Availability::Available, "t")
        .await
        .expect("back");
    let duty = |person: &str, on_call| NewDuty {
        person: person.into(),
        team: Some("billing".into()),
        starts_at: "2026-11-23T02:00:00Z".into(),
        ends_at: "2026-11-23T10:00:00Z".into(),
        on_call,
        time_zone: None,
    };
    let planned = h.people.add_duty(&duty(&budi.id, false), "t").await.expect("a duty");
    assert_eq!(on_duty().await, ["budi"]);
    h.people.add_duty(&duty(&ana.id, true), "t").await.expect("a duty");
    let called = h.people.on_call("billing", at).await.expect("read");
    assert_eq!(called.map(|person| person.id), Some(ana.id.clone()));
    h.people.remove_duty(&planned.id, "t").await.expect("removed");
    assert_eq!(on_duty().await, ["ana", "budi"]);
    let unknown = h.people.add_duty(&duty("nobody", false), "t").await;
    assert_eq!(unknown, Err(PeopleError::NoSuchPerson { id: "nobody".into() }));
    let backwards = NewDuty {
        ends_at: "2026-11-23T02:00:00Z".into(),
        ..duty(&budi.id, false)
    };
    assert!(h.people.add_duty(&backwards, "t").await.is_err());
    let again = h.people.add_duty(&duty(&ana.id, false), "t").await.expect("a duty");
    let others = h.people.overlapping(&again).await.expect("read");
    assert!(matches!(&others[..], [other] if other.on_call && other.person == ana.id));
    let patch = PersonPatch {
        teams: Some(vec!["sales".into()]),
        ..PersonPatch::default()
    };
    h.people.change(&budi.id, &patch, None, "t").await.expect("changed");
    let refused = h.people.add_duty(&duty(&budi.id, false), "t").await;
    assert_eq!(
        refused.map_err(|error| error.to_string()),
        Err("team must be a team that budi works for: sales".into())
    );
    h.people.change(&budi.id, &disabled(), None, "t").await.expect("out");
    let refused = h.people.add_duty(&duty(&budi.id, false), "t").await;
    assert!(matches!(refused, Err(PeopleError::Invalid { field: "person", .. })));
}

#[tokio::test]
async fn an_open_inbox_is_there_for_a_minute_after_it_was_last_seen() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    let presence = async || h.people.presences().await.expect("read")[&ana.id];
    assert!(!presence().await.has_signed_in);
    let secret = h.people.sign_in("ana@example.com", PASSWORD).await.expect("in").secret;
    assert!(presence().await.has_signed_in && !presence().await.is_in_inbox(h.clock.now()));
    let at = h.people.see_inbox(&secret).await.expect("written");
    assert!(presence().await.is_in_inbox(h.clock.now()));
    h.clock.advance(SignedDuration::from_secs(91));
    assert!(!presence().await.is_in_inbox(h.clock.now()), "its server has gone");
    assert_eq!(presence().await.seen_at, Some(at));
    let at = h.people.see_inbox(&secret).await.expect("written");
    h.people.close_inbox(&secret, at).await.expect("written");
    assert!(!presence().await.is_in_inbox(h.clock.now()));
}

#[tokio::test]
async fn a_pause_is_short_and_ends_by_itself() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    let now = h.clock.now();
    let pause = |minutes| Availability::Paused {
        until: now + SignedDuration::from_mins(minutes),
    };
    for minutes in [0, -5, 8 * 60 + 1] {
        assert!(
            h.people.set_availability(&ana.id, pause(minutes), "t").await.is_err(),
            "{minutes}"
        );
    }
    h.people
        .set_availability(&ana.id, pause(20), "t")
        .await
        .expect("a pause");
    assert!(h.people.on_duty("billing", now).await.expect("read").is_empty());
    let after = now + SignedDuration::from_mins(20);
    assert_eq!(h.people.on_duty("billing", after).await.expect("read").len(), 1);
}

#[tokio::test]
async fn what_was_done_is_written_down_without_secrets() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    let secret = h
        .people
        .sign_in("ana@example.com", PASSWORD)
        .await
        .expect("signed in")
        .secret;
    h.people.sign_out(&secret, &ana.id).await.expect("signed out");
    let link = h.people.make_link(&ana.id, "budi").await.expect("a link");
    h.people
        .change(&ana.id, &disabled(), None, "budi")
        .await
        .expect("disabled");
    let log = h.people.audit(&AuditFilter::default(), None, 10).await.expect("read");
    let actions: Vec<&str> = log.entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions.len(), 5);
    for action in [
        "person.disabled",
        "link.made",
        "session.ended",
        "session.begun",
        "person.added",
    ] {
        assert!(actions.contains(&action), "{action}");
    }
    let text = format!("{log:?}");
    for secret in [secret.as_str(), &link.secret, PASSWORD, "argon2"] {
        assert!(!text.contains(secret));
    }
    let mut pages = 0;
    let mut cursor = None;
    loop {
        let page = h
            .people
            .audit(&AuditFilter::default(), cursor.as_deref(), 2)
            .await
            .expect("read");
        pages += 1;
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn a_picture_is_kept_with_its_kind() {
    let h = harness().await;
    let ana = h.add("ana", Role::Agent).await;
    assert_eq!(h.people.picture(&ana.id).await, Ok(None));
    let bytes = b"\x89PNG\r\n\x1a\nrest";
    let with = h.people.set_picture(&ana.id, bytes, "t").await.expect("kept");
    let picture = h.people.picture(&ana.id).await.expect("read").expect("a picture");
    assert_eq!(
        (picture.bytes.as_slice(), picture.media_type.as_str()),
        (&bytes[..], "image/png")
    );
    assert_eq!(with.picture, Some(picture.hash));
    assert!(h.people.set_picture(&ana.id, b"<svg/>", "t").await.is_err());
}
