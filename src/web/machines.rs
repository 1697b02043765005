//! What browsers and crawlers ask for by themselves.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, header, uri::Authority},
    response::{IntoResponse, Response},
};

use super::page::{Visit, article_path};
use crate::{http::state::Web, kb::Article};

/// What the sitemap protocol allows in one file.
const SITEMAP_URLS: usize = 50_000;

/// The icon, for those who do not read the page first.
pub async fn favicon(State(web): State<Web>) -> Response {
    let mut response = web.site().favicon().response();
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("public, max-age=86400"),
    );
    response
}

/// Articles may be found; searches, forms and receipts may not.
pub async fn robots(State(web): State<Web>, headers: HeaderMap) -> impl IntoResponse {
    let base = base_url(&web, &headers);
    let text = format!(
        "User-agent: *\nDisallow: /account\nDisallow: /api/\nDisallow: /ask\nDisallow: /login\nDisallow: /receipts/\nDisallow: /search\n\nSitemap: {base}/sitemap.xml\n"
    );
    (typed("text/plain; charset=utf-8"), text)
}

/// Every live article.
pub async fn sitemap(State(web): State<Web>, visit: Visit, headers: HeaderMap) -> impl IntoResponse {
    let base = base_url(&web, &headers);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let live = visit.generation.articles().iter().filter(|article| article.is_listed());
    for article in live.take(SITEMAP_URLS) {
        xml.push_str(&format!(
            "<url><loc>{}</loc>{}</url>\n",
            escape(&format!("{base}{}", article_path(article))),
            changed(article)
        ));
    }
    xml.push_str("</urlset>\n");
    (typed("application/xml"), xml)
}

fn changed(article: &Article) -> String {
    let date = article
        .updated_at
        .as_deref()
        .and_then(|date| date.get(..10))
        .filter(|day| day.parse::<jiff::civil::Date>().is_ok());
    date.map_or_else(String::new, |date| format!("<lastmod>{date}</lastmod>"))
}

/// Lets browsers offer the search in their address bar.
pub async fn opensearch(State(web): State<Web>, headers: HeaderMap) -> impl IntoResponse {
    let site = web.site();
    let (name, base) = (escape(&site.name), escape(&base_url(&web, &headers)));
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{name}</ShortName>\n<Description>{name}</Description>\n<InputEncoding>UTF-8</InputEncoding>\n\
         <Image width=\"32\" height=\"32\" type=\"image/svg+xml\">{base}/favicon.svg</Image>\n\
         <Url type=\"text/html\" template=\"{base}/search?q={{searchTerms}}\"/>\n</OpenSearchDescription>\n"
    );
    (typed("application/opensearchdescription+xml"), xml)
}

/// The configured address, else the one that the request was sent to.
fn base_url(web: &Web, headers: &HeaderMap) -> String {
    if let Some(url) = &web.site().public_url {
        return url.clone();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .and_then(|host| host.parse::<Authority>().ok());
    format!(
        "http://{}",
        host.map_or_else(|| "localhost".to_owned(), |host| host.to_string())
    )
}

fn typed(content_type: &'static str) -> [(HeaderName, &'static str); 2] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
    ]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}
