use crate::common::{Reply, Site};

#[track_caller]
fn is_safe(page: &Reply) {
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for wrong in ["<script>", "<style", " style=", "onerror=", " onclick=", "javascript:"] {
        assert!(!page.body.contains(wrong), "{wrong} in\n{}", page.body);
    }
}

#[track_caller]
fn has_landmarks(page: &Reply) {
    for part in [
        "<html lang=\"",
        "dir=\"ltr\"",
        "class=\"skip\" href=\"#main\"",
        "<main id=\"main\"",
        "<header",
        "<footer",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    assert_eq!(page.body.matches("<h1").count(), 1, "one first heading");
}

#[tokio::test]
async fn every_page_is_whole_and_safe() {
    let site = Site::new().await;
    for path in [
        "/",
        "/?lang=id",
        "/search?q=track+order",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?q=%22%20onfocus%3Dalert(1)%20x%3D%22",
        "/search?q=I+want+a+refund",
        "/search?q=xylophone",
        "/articles/en/orders/track",
        "/articles/en/orders/xss",
        "/categories/orders",
        "/ask",
        "/ask?q=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E&from=javascript:alert(1)",
        "/nowhere/%3Cscript%3E",
    ] {
        let page = site.get(path).await;
        is_safe(&page);
        has_landmarks(&page);
        assert!(!page.body.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn home_shows_search_first_then_categories() {
    let site = Site::new().await;
    let page = site.get("/").await.body;
    let search = page.find("action=\"/search\"").expect("a search box");
    let orders = page.find("/categories/orders").expect("a category");
    assert!(search < orders);
    assert!(page.contains("Track an order") && page.contains("3 articles"), "{page}");
    for hidden in ["A secret draft", "Summer promotion", "Beta programme"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn the_page_follows_the_readers_language() {
    let site = Site::new().await;
    let by_browser = site.get_with("/", &[("accept-language", "id;q=0.9, fr")]).await;
    assert!(by_browser.body.contains("<html lang=\"id\"") && by_browser.body.contains("Lacak pesanan"));
    let by_choice = site.get_with("/?lang=en", &[("accept-language", "id")]).await;
    assert!(by_choice.body.contains("<html lang=\"en\"") && by_choice.body.contains("Track an order"));
    assert!(by_choice.body.contains("href=\"/?lang=id\""));
    assert!(by_choice.header("vary").to_lowercase().contains("accept-language"));
}

#[tokio::test]
async fn an_article_has_its_parts() {
    let site = Site::new().await;
    let page = site.get("/articles/en/orders/track").await;
    for part in [
        "Track an order",
        "Where a parcel is.",
        "1 May 2026",
        "On this page",
        "href=\"#by-mail\"",
        "id=\"by-mail\"",
        "/categories/orders",
        "hreflang=\"id\"",
        "Cancel an order",
        "href=\"/articles/en/orders/cancel\"",
        "Ask a person",
    ] {
        assert!(page.body.contains(part), "{part}\n{}", page.body);
    }
}

#[tokio::test]
async fn unchanged_pages_cost_a_304() {
    let site = Site::new().await;
    for path in [
        "/",
        "/articles/en/orders/track",
        "/articles/en/orders/track.md",
        "/categories/orders",
    ] {
        let first = site.get(path).await;
        let etag = first.header("etag");
        assert!(!etag.is_empty(), "{path}");
        let again = site.get_with(path, &[("if-none-match", etag)]).await;
        assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn the_twin_is_the_source_with_its_version_as_tag() {
    let site = Site::new().await;
    let twin = site.get("/articles/en/orders/cancel.md").await;
    assert_eq!(twin.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(
        twin.body,
        "# Cancel an order\n\nAn order can be cancelled until it ships.\n"
    );
    assert!(twin.header("etag").starts_with("\"sha256:"));
}

#[tokio::test]
async fn addresses_move_end_and_hide() {
    let site = Site::new().await;
    for old in ["/articles/en/old/track", "/articles/en/orders/track/", "/en/old/track"] {
        let moved = site.get(old).await;
        assert_eq!(
            (moved.status.as_u16(), moved.header("location")),
            (301, "/articles/en/orders/track"),
            "{old}"
        );
    }
    assert_eq!(site.get("/articles/en/account/draft").await.status, 404);
    assert_eq!(site.get("/articles/en/account/draft.md").await.status, 404);
    let expired = site.get("/articles/en/account/expired").await;
    assert_eq!(expired.status, 410);
    assert!(expired.body.contains("no longer valid") && expired.body.contains("action=\"/search\""));
    let unlisted = site.get("/articles/en/account/hidden").await;
    assert_eq!(unlisted.status, 200);
    assert!(unlisted.body.contains("noindex"));
}

#[tokio::test]
async fn what_an_article_smuggles_in_is_shown_as_text_or_not_at_all() {
    let site = Site::new().await;
    let page = site.get("/articles/en/orders/xss").await;
    is_safe(&page);
    assert!(
        page.body.contains("&lt;script&gt;") || page.body.contains("&#60;script&#62;"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_search_shows_results_and_ways_on() {
    let site = Site::new().await;
    let page = site.get("/search?q=order").await.body;
    assert!(page.contains("<mark>") && page.contains("/articles/en/orders/"));
    assert!(page.contains("href=\"/ask?q=order"));
    let sensitive = site.get("/search?q=I+want+a+refund").await.body;
    assert!(
        sensitive.contains("action=\"/ask") && sensitive.contains("I want a refund</textarea>"),
        "{sensitive}"
    );
    let nothing = site.get("/search?q=xylophone").await.body;
    assert!(nothing.contains("No article answers this yet"));
    let empty = site.get("/search?q=").await;
    assert_eq!(empty.status, 303);
}

#[tokio::test]
async fn static_files_are_named_after_their_content_and_kept_for_ever() {
    let site = Site::with(|config| config.site.accent = "#663399".into()).await;
    let page = site.get("/").await.body;
    let links: Vec<&str> = page.split('"').filter(|part| part.starts_with("/static/")).collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        let file = site.get(link).await;
        assert_eq!(file.status, 200, "{link}");
        assert!(file.header("cache-control").contains("immutable"), "{link}");
    }
    let accent = page
        .split('"')
        .find(|part| part.starts_with("/static/accent."))
        .expect("the accent");
    assert!(site.get(accent).await.body.contains("#663399"));
}

#[tokio::test]
async fn text_is_compressed_for_those_who_ask() {
    let site = Site::new().await;
    let page = site.get_with("/", &[("accept-encoding", "gzip")]).await;
    assert_eq!(page.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn transport_security_is_promised_only_on_https() {
    let plain = Site::new().await;
    assert_eq!(plain.get("/").await.header("strict-transport-security"), "");
    let secure = Site::with(|config| config.server.public_url = Some("https://help.example.com".into())).await;
    assert!(
        secure
            .get("/")
            .await
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
}

#[tokio::test]
async fn pictures_beside_the_articles_are_served_and_nothing_else() {
    let site = Site::new().await;
    site.put(
        "en/orders/shot.svg",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
    );
    site.put("en/orders/key.pem", b"secret");
    let picture = site.get("/assets/en/orders/shot.svg").await;
    assert_eq!(
        (picture.status.as_u16(), picture.header("content-type")),
        (200, "image/svg+xml")
    );
    assert!(picture.header("content-security-policy").starts_with("sandbox"));
    for hidden in [
        "/assets/en/orders/key.pem",
        "/assets/en/orders/track.md",
        "/assets/..%2F..%2Fetc%2Fpasswd.txt",
        "/assets/none.png",
    ] {
        assert_eq!(site.get(hidden).await.status, 404, "{hidden}");
    }
}
