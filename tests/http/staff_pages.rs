//! Pages for staff: who may not open one is told who may, and what is wrong with a form is told in the page's words.

use tanya::desk::people::Role;

use crate::people::Desk;

#[tokio::test]
async fn whoever_is_signed_out_signs_in_and_is_back_where_they_wanted_to_be() {
    let desk = Desk::new().await;
    for (path, expected) in [
        ("/settings", "/login?next=%2Fsettings"),
        (
            "/settings/people?saved=1",
            "/login?next=%2Fsettings%2Fpeople%3Fsaved%3D1",
        ),
        ("/inbox/T-2222-0001", "/login?next=%2Finbox%2FT%2D2222%2D0001"),
        ("/account", "/login?next=%2Faccount"),
    ] {
        let reply = desk.site.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, expected));
    }
    // A form of somebody whose session has ended: back to the page that it stands on.
    for (path, expected) in [
        ("/settings/promises", "/login?next=%2Fsettings%2Fpromises"),
        ("/account/name", "/login?next=%2Faccount"),
    ] {
        let reply = desk.site.submit_from(path, &[("x", "y")], "same-origin").await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, expected));
    }
}

#[tokio::test]
async fn whoever_lacks_the_right_is_told_who_has_it_and_who_can_give_it() {
    let desk = Desk::new().await;
    for (name, role) in [
        ("ana", Role::Agent),
        ("wayan", Role::Writer),
        ("made", Role::Manager),
        ("adit", Role::Administrator),
    ] {
        desk.add(name, role).await;
    }
    let agent = desk.browser("ana").await;
    for path in ["/settings", "/settings/people", "/numbers"] {
        let page = agent.get(path).await;
        assert_eq!(page.status, 403, "{path}");
        for told in [
            "It is for managers and administrators. You are signed in as ana, an agent.",
            "ask a manager or an administrator to give you another role",
            "Here that is adit or made.",
            "class=\"staff\"",
            "<a href=\"/inbox\">",
            "<a href=\"/account\">",
        ] {
            assert!(page.body.contains(told), "{path} lacks {told}: {}", page.body);
        }
        assert!(!page.body.contains("role=\"search\""), "{path} is a page for customers");
    }
    let manager = desk.browser("made").await;
    let page = manager.get("/settings/hours").await;
    assert_eq!(page.status, 403);
    assert!(
        page.body
            .contains("It is for administrators. You are signed in as made, a manager.")
    );
    assert!(page.body.contains("ask an administrator to give") && page.body.contains("Here that is adit."));
    let writer = desk.browser("wayan").await;
    let page = writer.get("/inbox").await;
    assert!(
        page.body.contains("It is for agents, managers and administrators."),
        "{}",
        page.body
    );
    assert!(page.body.contains("<a href=\"/writers\">") && !page.body.contains("<a href=\"/settings\">"));
}

#[tokio::test]
async fn what_is_not_there_or_not_accepted_is_told_in_the_dress_of_the_pages_for_staff() {
    let desk = Desk::new().await;
    desk.add("adit", Role::Administrator).await;
    let admin = desk.browser("adit").await;
    for path in ["/settings/nothing", "/settings/people/nobody", "/settings/teams/none"] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("There is nothing here") && page.body.contains("class=\"staff\""));
        assert!(!page.body.contains("openapi"), "{}", page.body);
    }
    let page = admin
        .submit("/settings/promises", &[("csrf", "of another session")])
        .await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Nothing was changed") && page.body.contains("href=\"/settings/promises\""));
    assert!(!page.body.contains("CSRF"), "{}", page.body);
}
