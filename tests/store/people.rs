//! People, sessions, links, tokens, duties and the audit log: the same promises on both engines.

use jiff::Timestamp;
use serde_json::{Map, Value};
use tanya::store::{
    AuditFilter, AuditRecord, Availability, DutyRecord, PasswordHash, PersonChange, PersonRecord, PictureRecord,
    PresenceRecord, Role, Scope, SessionRecord, SignInLinkRecord, Store, StoreError, TokenRecord, Wake, WaysIn,
};
use tokio::task::JoinSet;

use crate::harness::{Harness, at, on_both_engines};

on_both_engines!(
    a_person_comes_back_as_they_were_added,
    an_address_belongs_to_one_person,
    of_many_who_change_a_person_at_once_one_wins,
    two_administrators_cannot_demote_each_other_at_once,
    disabling_ends_sessions_and_links_and_nobody_slips_in,
    a_session_begins_only_with_the_password_that_was_verified,
    a_link_is_used_once_however_many_try,
    who_is_there_is_known_to_every_server,
    tokens_are_kept_used_and_revoked,
    duties_are_found_by_the_time_they_cover,
    changes_and_their_audit_are_one,
    changes_of_people_wake_the_desk,
);

fn person(id: &str, role: Role) -> PersonRecord {
    PersonRecord {
        id: id.into(),
        version: 0,
        email: format!("{id}@example.com"),
        name: format!("{id} 花子"),
        picture: None,
        role,
        password: Some(PasswordHash("$argon2id$1".into())),
        disabled: false,
        teams: vec!["billing".into()],
        skills: vec!["invoices".into(), "請求書".into()],
        level: 3,
        capacity: 7,
        availability: Availability::Paused { until: at(900) },
        created_at: at(0),
    }
}

fn audit(action: &str) -> AuditRecord {
    AuditRecord {
        id: format!("{:016x}", rand::random::<u64>()),
        at: at(1),
        who: "cli:test".into(),
        action: action.into(),
        subject: "somebody".into(),
        detail: Map::from_iter([("why".to_owned(), Value::from("a test"))]),
    }
}

async fn added(store: &Store, id: &str, role: Role) -> PersonRecord {
    let person = person(id, role);
    store
        .add_person(person, None, audit("person.added"))
        .await
        .expect("added")
}

fn change(person: PersonRecord, ways_in: WaysIn) -> PersonChange {
    PersonChange {
        person,
        picture: None,
        ways_in,
        audit: audit("person.changed"),
    }
}

fn session(person: &str, hash: &str) -> SessionRecord {
    SessionRecord {
        hash: hash.into(),
        person: person.into(),
        created_at: at(10),
        seen_at: at(10),
        expires_at: at(1000),
    }
}

fn link(person: &str, hash: &str) -> SignInLinkRecord {
    SignInLinkRecord {
        hash: hash.into(),
        person: person.into(),
        expires_at: at(100),
        used_at: None,
    }
}

async fn begin(store: &Store, person: &PersonRecord, hash: &str) -> bool {
    let verified = person.password.clone().expect("a password");
    let begun = store.begin_session(session(&person.id, hash), verified, audit("session.begun"));
    begun.await.expect("written")
}

async fn a_person_comes_back_as_they_were_added(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Manager).await;
    assert_eq!(ana.version, 1);
    assert_eq!(
        ana,
        PersonRecord {
            version: 1,
            ..person("ana", Role::Manager)
        }
    );
    assert_eq!(store.person("ana").await, Ok(Some(ana.clone())));
    assert_eq!(store.person_by_email("ana@example.com").await, Ok(Some(ana.clone())));
    assert_eq!(store.person("nobody").await, Ok(None));
    let picture = PictureRecord {
        hash: "abc".into(),
        media_type: "image/png".into(),
        base64: "AAAA".into(),
    };
    let now = PersonRecord {
        picture: Some("abc".into()),
        availability: Availability::Away,
        teams: Vec::new(),
        ..ana
    };
    let with_picture = PersonChange {
        picture: Some(picture.clone()),
        ..change(now.clone(), WaysIn::Kept)
    };
    let changed = store.change_person(with_picture).await.expect("changed");
    assert_eq!(changed, PersonRecord { version: 2, ..now });
    assert_eq!(store.people().await, Ok(vec![changed]));
    assert_eq!(store.picture("abc").await, Ok(Some(picture)));
    assert_eq!(store.picture("def").await, Ok(None));
}

async fn an_address_belongs_to_one_person(harness: Harness) {
    let store = harness.open().await;
    added(&store, "ana", Role::Agent).await;
    let budi = added(&store, "budi", Role::Agent).await;
    let taken = StoreError::EmailTaken {
        email: "ana@example.com".into(),
    };
    assert!(!taken.is_outage());
    let twin = PersonRecord {
        email: "ana@example.com".into(),
        ..person("ana2", Role::Agent)
    };
    let refused = store
        .add_person(twin, Some(link("ana2", "l")), audit("person.added"))
        .await;
    assert_eq!(refused, Err(taken.clone()));
    assert_eq!(store.sign_in_link("l").await, Ok(None));
    let moved = PersonRecord {
        email: "ana@example.com".into(),
        ..budi.clone()
    };
    assert_eq!(store.change_person(change(moved, WaysIn::Kept)).await, Err(taken));
    assert_eq!(store.person("budi").await, Ok(Some(budi)));
}

async fn of_many_who_change_a_person_at_once_one_wins(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Agent).await;
    let mut tasks = JoinSet::new();
    for i in 0..20 {
        let (store, ana) = (store.clone(), ana.clone());
        tasks.spawn(async move {
            let now = PersonRecord { level: i, ..ana };
            store.change_person(change(now, WaysIn::Kept)).await
        });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(
            matches!(refused, StoreError::StalePerson { version: 2, .. }),
            "{refused:?}"
        );
    }
    let nobody = change(
        PersonRecord {
            version: 1,
            ..person("nobody", Role::Agent)
        },
        WaysIn::Kept,
    );
    let refused = store.change_person(nobody).await;
    assert_eq!(refused, Err(StoreError::NoSuchPerson { id: "nobody".into() }));
}

async fn two_administrators_cannot_demote_each_other_at_once(harness: Harness) {
    let (one, other) = (harness.open().await, harness.open().await);
    for round in 0..10 {
        let a = added(&one, &format!("a{round}"), Role::Administrator).await;
        let b = added(&one, &format!("b{round}"), Role::Administrator).await;
        let demoted = |person: &PersonRecord| {
            let now = PersonRecord {
                role: Role::Agent,
                ..person.clone()
            };
            change(now, WaysIn::Kept)
        };
        let disabled = PersonRecord {
            disabled: true,
            ..b.clone()
        };
        let (first, second) = tokio::join!(
            one.change_person(demoted(&a)),
            other.change_person(change(disabled, WaysIn::Ended)),
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let refused = first.err().or(second.err());
        assert_eq!(refused, Some(StoreError::LastAdministrator));
        // Out of the way of the next round: one more administrator lets the last one go.
        let left = one.people().await.expect("read");
        let left = left
            .iter()
            .find(|p| p.role == Role::Administrator && !p.disabled)
            .expect("one is left");
        let helper = added(&one, &format!("c{round}"), Role::Administrator).await;
        one.change_person(demoted(left)).await.expect("another one is there");
        harness.run("UPDATE people SET role = 'agent'").await;
        drop(helper);
    }
}

async fn disabling_ends_sessions_and_links_and_nobody_slips_in(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Agent).await;
    assert!(begin(&store, &ana, "s1").await);
    store
        .add_sign_in_link(link("ana", "l1"), audit("link.made"))
        .await
        .expect("a link");
    let found = store.session("s1").await.expect("read").expect("a session");
    assert_eq!(found, (session("ana", "s1"), ana.clone()));
    let disabled = PersonRecord {
        disabled: true,
        ..ana.clone()
    };
    store
        .change_person(change(disabled, WaysIn::Ended))
        .await
        .expect("disabled");
    assert_eq!(store.session("s1").await, Ok(None));
    assert!(!begin(&store, &ana, "s2").await);
    assert_eq!(store.sign_in_link("l1").await, Ok(None));
    store
        .add_sign_in_link(link("ana", "l2"), audit("link.made"))
        .await
        .expect("a link");
    let used = store
        .use_sign_in_link("l2", session("ana", "s3"), audit("session.begun"))
        .await;
    assert_eq!(used, Ok(None));
    assert_eq!(harness.count("SELECT COUNT(*) FROM sessions").await, 0);
}

async fn a_session_begins_only_with_the_password_that_was_verified(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Agent).await;
    for hash in ["s1", "s2"] {
        assert!(begin(&store, &ana, hash).await);
    }
    let now = PersonRecord {
        password: Some(PasswordHash("$argon2id$2".into())),
        ..ana.clone()
    };
    let kept = WaysIn::EndedBut("s1".into());
    store.change_person(change(now, kept)).await.expect("changed");
    assert!(store.session("s1").await.expect("read").is_some());
    assert_eq!(store.session("s2").await, Ok(None));
    // Whoever verified the old password a moment ago is too late.
    assert!(!begin(&store, &ana, "s3").await);
    store.see_session("s1", at(600), at(1600)).await.expect("seen");
    store.see_session("s1", at(500), at(1500)).await.expect("seen");
    let (seen, _) = store.session("s1").await.expect("read").expect("a session");
    assert_eq!((seen.seen_at, seen.expires_at), (at(600), at(1600)));
    store.end_session("s1", audit("session.ended")).await.expect("ended");
    store
        .end_session("s1", audit("session.ended"))
        .await
        .expect("twice is once");
    assert_eq!(store.session("s1").await, Ok(None));
    assert_eq!(
        harness
            .count("SELECT COUNT(*) FROM audit WHERE action = 'session.ended'")
            .await,
        1
    );
}

async fn who_is_there_is_known_to_every_server(harness: Harness) {
    let (store, other) = (harness.open().await, harness.open().await);
    let ana = added(&store, "ana", Role::Agent).await;
    added(&store, "budi", Role::Agent).await;
    store
        .add_sign_in_link(link("budi", "l1"), audit("link.made"))
        .await
        .expect("a link");
    let known = async |person: &str| {
        let mut all = other.presences().await.expect("read").into_iter();
        all.find(|known| known.person == person).expect("known")
    };
    let nothing = |person: &str| PresenceRecord {
        person: person.into(),
        signed_in_at: None,
        seen_at: None,
        inbox_at: None,
        link_until: None,
    };
    assert_eq!(known("ana").await, nothing("ana"));
    let waits = PresenceRecord {
        link_until: Some(at(100)),
        ..nothing("budi")
    };
    assert_eq!(known("budi").await, waits);
    for hash in ["s1", "s2"] {
        assert!(begin(&store, &ana, hash).await);
    }
    store.see_inbox("s1", at(60)).await.expect("written");
    store.see_inbox("s2", at(50)).await.expect("written");
    let there = PresenceRecord {
        signed_in_at: Some(at(10)),
        seen_at: Some(at(10)),
        inbox_at: Some(at(60)),
        ..nothing("ana")
    };
    assert_eq!(known("ana").await, there);
    // Another tab of the same browser has been seen since: it is still open.
    store.close_inbox("s1", at(59)).await.expect("written");
    assert_eq!(known("ana").await.inbox_at, Some(at(60)));
    store.close_inbox("s1", at(60)).await.expect("written");
    assert_eq!(known("ana").await.inbox_at, Some(at(50)));
    for hash in ["s1", "s2"] {
        store.end_session(hash, audit("session.ended")).await.expect("ended");
    }
    let gone = PresenceRecord {
        seen_at: None,
        inbox_at: None,
        ..there
    };
    assert_eq!(known("ana").await, gone, "that they were here stays known");
    let used = store.use_sign_in_link("l1", session("budi", "s3"), audit("session.begun"));
    assert!(used.await.expect("written").is_some());
    assert_eq!(known("budi").await.signed_in_at, Some(at(10)));
    assert_eq!(known("budi").await.link_until, None);
}

async fn a_link_is_used_once_however_many_try(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Agent).await;
    assert!(begin(&store, &ana, "elsewhere").await);
    store
        .add_sign_in_link(link("ana", "old"), audit("link.made"))
        .await
        .expect("a link");
    store
        .add_sign_in_link(link("ana", "new"), audit("link.made"))
        .await
        .expect("a link");
    assert_eq!(store.sign_in_link("old").await, Ok(None), "a newer one replaces it");
    let mut tasks = JoinSet::new();
    for i in 0..10 {
        let store = store.clone();
        tasks.spawn(async move {
            let session = session("ana", &format!("s{i}"));
            store.use_sign_in_link("new", session, audit("session.begun")).await
        });
    }
    let used = tasks.join_all().await;
    let winners: Vec<_> = used.into_iter().filter_map(|used| used.expect("written")).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!((winners[0].version, winners[0].password.clone()), (2, None));
    assert_eq!(harness.count("SELECT COUNT(*) FROM sessions").await, 1);
    assert_eq!(store.session("elsewhere").await, Ok(None));
    let late = SessionRecord {
        created_at: at(100),
        ..session("ana", "late")
    };
    store
        .add_sign_in_link(link("ana", "late"), audit("link.made"))
        .await
        .expect("a link");
    assert_eq!(
        store.use_sign_in_link("late", late, audit("session.begun")).await,
        Ok(None)
    );
    let nobody = store.add_sign_in_link(link("nobody", "x"), audit("link.made")).await;
    assert_eq!(nobody, Err(StoreError::NoSuchPerson { id: "nobody".into() }));
}

async fn tokens_are_kept_used_and_revoked(harness: Harness) {
    let store = harness.open().await;
    let token = |id: &str, second| TokenRecord {
        id: id.into(),
        name: "export".into(),
        hash: format!("hash of {id}"),
        scopes: vec![Scope::TicketsRead, Scope::CoverageRead],
        created_by: "ana".into(),
        created_at: at(second),
        used_at: None,
        revoked_at: None,
    };
    store
        .add_token(token("t1", 1), audit("token.added"))
        .await
        .expect("kept");
    store
        .add_token(token("t2", 2), audit("token.added"))
        .await
        .expect("kept");
    assert_eq!(store.tokens().await, Ok(vec![token("t2", 2), token("t1", 1)]));
    assert_eq!(store.token_by_hash("hash of t3").await, Ok(None));
    let read = async || store.token_by_hash("hash of t1").await.expect("read").expect("a token");
    store.note_token_use(&read().await, at(100)).await.expect("noted");
    let commits = store.commits();
    store.note_token_use(&read().await, at(159)).await.expect("not noted");
    assert_eq!(store.commits(), commits);
    assert_eq!(read().await.used_at, Some(at(100)));
    store.note_token_use(&read().await, at(160)).await.expect("noted");
    assert_eq!(read().await.used_at, Some(at(160)));
    for _ in 0..2 {
        assert_eq!(store.revoke_token("t1", audit("token.revoked")).await, Ok(true));
    }
    assert_eq!(store.revoke_token("t3", audit("token.revoked")).await, Ok(false));
    assert_eq!(read().await.revoked_at, Some(at(1)));
    assert_eq!(
        harness
            .count("SELECT COUNT(*) FROM audit WHERE action = 'token.revoked'")
            .await,
        1
    );
}

async fn duties_are_found_by_the_time_they_cover(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Agent).await;
    let duty = |id: &str, from: i64, to: i64| DutyRecord {
        id: id.into(),
        person: "ana".into(),
        team: (id != "d1").then(|| "billing".into()),
        starts_at: at(from),
        ends_at: at(to),
        on_call: id == "d2",
        time_zone: (id != "d1").then(|| "Asia/Jakarta".into()),
    };
    let (d1, d2, d3) = (duty("d1", 0, 100), duty("d2", 50, 150), duty("d3", 100, 200));
    for duty in [&d3, &d1, &d2] {
        store.add_duty(duty.clone(), audit("duty.added")).await.expect("kept");
    }
    let found = async |since, until| store.duties(at(since), at(until), 10).await.expect("read");
    assert_eq!(found(0, 50).await, std::slice::from_ref(&d1));
    assert_eq!(found(99, 101).await, [d1.clone(), d2.clone(), d3.clone()]);
    assert_eq!(found(100, 101).await, [d2.clone(), d3.clone()]);
    assert_eq!(
        store.people_and_duties(at(150)).await,
        Ok((vec![ana], vec![d3.clone()]))
    );
    assert_eq!(store.remove_duty("d3", audit("duty.removed")).await, Ok(true));
    assert_eq!(store.remove_duty("d3", audit("duty.removed")).await, Ok(false));
    assert!(found(150, 300).await.is_empty());
    let nobody = DutyRecord {
        person: "nobody".into(),
        ..d3
    };
    let refused = store.add_duty(nobody, audit("duty.added")).await;
    assert_eq!(refused, Err(StoreError::NoSuchPerson { id: "nobody".into() }));
    assert_eq!(
        store
            .duties(Timestamp::MIN, Timestamp::MAX, 1)
            .await
            .expect("read")
            .len(),
        1
    );
}

async fn changes_and_their_audit_are_one(harness: Harness) {
    let store = harness.open().await;
    let ana = added(&store, "ana", Role::Administrator).await;
    let demoted = PersonRecord {
        role: Role::Agent,
        ..ana
    };
    let refused = store.change_person(change(demoted, WaysIn::Ended)).await;
    assert_eq!(refused, Err(StoreError::LastAdministrator));
    let page = store.audit(&AuditFilter::default(), None, 10).await.expect("read");
    assert_eq!(page.entries.len(), 1, "a refused change leaves no trace");
    assert_eq!((page.entries[0].action.as_str(), page.next), ("person.added", None));
    for i in 0..4 {
        added(&store, &format!("p{i}"), Role::Agent).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store
            .audit(&AuditFilter::default(), cursor.as_deref(), 2)
            .await
            .expect("read");
        seen.extend(page.entries.into_iter().map(|entry| (entry.at, entry.id)));
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
    let wrong = store.audit(&AuditFilter::default(), Some("x"), 2).await;
    assert!(matches!(wrong, Err(StoreError::BadCursor { .. })));
}

async fn changes_of_people_wake_the_desk(harness: Harness) {
    let (one, other) = (harness.open().await, harness.open().await);
    let mut wakes = other.wakes();
    added(&one, "ana", Role::Agent).await;
    let woken = async {
        loop {
            match wakes.recv().await.expect("a wake") {
                Wake::All => return,
                Wake::Stream(stream) if stream == "desk" => return,
                _ => {}
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), woken)
        .await
        .expect("the other server hears of it");
    let events = other.events_after("desk", 0, 10).await.expect("read");
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].kind.as_str(), &events[0].data["person"]),
        ("people", &Value::from("ana"))
    );
}
