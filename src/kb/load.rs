//! Reads a folder of Markdown files into a [`Kb`], whatever is in it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::{
    Article, Kb, Options, Problem, Severity,
    decode::decode,
    lang::{self, PathLanguages},
    links::{Link, LinkResolver, links_of},
    parse::{LineTable, parse_in},
};

/// Why a kb could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is nothing at the path.
    #[error("the kb folder {0} does not exist; create it, or name another one with --kb")]
    Missing(PathBuf),
    /// The path is a file.
    #[error("the kb {0} is not a folder; name the folder that holds the Markdown files with --kb")]
    NotAFolder(PathBuf),
    /// The folder may not be listed.
    #[error("the kb folder {path} cannot be read ({source}); give this user the right to read it")]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads every `.md`, `.mdx` and `.markdown` file below `root`. Hidden folders and `node_modules` are skipped.
///
/// What cannot be read or is odd is reported in [`Kb::problems`]; the rest is in [`Kb::articles`].
///
/// # Errors
///
/// Only if `root` itself cannot be read.
pub fn load(root: &Path, options: &Options) -> Result<Kb, LoadError> {
    let real_root = check_root(root)?;
    let mut problems = Vec::new();
    let files = find_files(root, &real_root, &mut problems);
    let languages = PathLanguages::of_kb(&options.languages, &top_folders(&files));
    let mut articles = Vec::new();
    for file in files {
        let Some(source) = read(&file, options, &mut problems) else {
            continue;
        };
        // The last fence around libraries that meet any bytes: one file must never stop the index.
        let parsed = catch_unwind(AssertUnwindSafe(|| parse_in(&file.path, source, options, &languages)));
        match parsed {
            Ok((article, found)) => {
                articles.push(article);
                problems.extend(found);
            }
            Err(_) => problems.push(error(
                &file.path,
                "the file cannot be parsed; please report it with this file",
            )),
        }
    }
    let mut articles = unique(articles, options, &mut problems);
    report_links(&articles, root, &mut problems);
    articles.sort_by(|a, b| a.id.cmp(&b.id));
    problems.sort_by(|a, b| (&a.path, a.line, &a.reason).cmp(&(&b.path, b.line, &b.reason)));
    let listed = options
        .languages
        .iter()
        .map(|l| lang::primary(l).unwrap_or_else(|| l.clone()));
    let languages: BTreeSet<String> = articles.iter().filter_map(|a| a.lang.clone()).chain(listed).collect();
    Ok(Kb {
        articles,
        problems,
        languages: languages.into_iter().collect(),
    })
}

fn check_root(root: &Path) -> Result<PathBuf, LoadError> {
    let unreadable = |source| LoadError::Unreadable {
        path: root.to_owned(),
        source,
    };
    match fs::metadata(root) {
        Ok(found) if !found.is_dir() => return Err(LoadError::NotAFolder(root.to_owned())),
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(LoadError::Missing(root.to_owned())),
        Err(e) => return Err(unreadable(e)),
    }
    fs::read_dir(root).map_err(unreadable)?;
    fs::canonicalize(root).map_err(unreadable)
}

struct Found {
    /// Relative to the kb, with `/`.
    path: String,
    full: PathBuf,
}

fn problem(severity: Severity, path: impl Into<PathBuf>, line: Option<usize>, reason: impl Into<String>) -> Problem {
    Problem {
        severity,
        path: path.into(),
        line,
        reason: reason.into(),
    }
}

fn error(path: impl Into<PathBuf>, reason: impl Into<String>) -> Problem {
    problem(Severity::Error, path, None, reason)
}

fn find_files(root: &Path, real_root: &Path, problems: &mut Vec<Problem>) -> Vec<Found> {
    let mut files = Vec::new();
    let mut walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => {
                problems.push(walk_problem(root, &e));
                continue;
            }
        };
        if entry.depth() == 0 {
            continue;
        }
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        if entry.file_type().is_dir() {
            if is_skipped(entry.file_name()) {
                walk.skip_current_dir();
            } else if let Some(found) = leaves_root(&entry, relative, real_root) {
                problems.push(found);
                walk.skip_current_dir();
            }
            continue;
        }
        if !is_markdown(&entry) {
            continue;
        }
        if let Some(found) = leaves_root(&entry, relative, real_root) {
            problems.push(found);
        } else if let Some(path) = relative.to_str() {
            files.push(Found {
                path: path.replace('\\', "/"),
                full: entry.path().to_owned(),
            });
        } else {
            problems.push(error(
                relative,
                "the file's name is not UTF-8, so it cannot have an address; rename it",
            ));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Folders of this name hold no articles.
pub(super) fn is_skipped(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || name == "node_modules"
}

fn is_markdown(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return false;
    };
    !stem.is_empty() && ["md", "mdx", "markdown"].iter().any(|e| ending.eq_ignore_ascii_case(e))
}

fn leaves_root(entry: &DirEntry, relative: &Path, real_root: &Path) -> Option<Problem> {
    if !entry.path_is_symlink() {
        return None;
    }
    match fs::canonicalize(entry.path()) {
        Ok(target) if target.starts_with(real_root) => None,
        Ok(_) => Some(error(
            relative,
            "the link leads out of the kb folder and is not followed; copy the file instead",
        )),
        Err(e) => Some(error(
            relative,
            format!("the link cannot be followed ({e}); correct or remove it"),
        )),
    }
}

fn walk_problem(root: &Path, e: &walkdir::Error) -> Problem {
    let path = e.path().map_or(Path::new(""), |p| p.strip_prefix(root).unwrap_or(p));
    match (e.loop_ancestor(), e.io_error()) {
        (Some(ancestor), _) => {
            let ancestor = ancestor.strip_prefix(root).unwrap_or(ancestor).display().to_string();
            let ancestor = if ancestor.is_empty() {
                "the kb folder".to_owned()
            } else {
                ancestor
            };
            error(
                path,
                format!("the link leads back to {ancestor}, a loop; it is not followed, remove it"),
            )
        }
        (None, Some(io)) => error(
            path,
            format!("it cannot be read ({io}); correct it, or give this user the right to read it"),
        ),
        (None, None) => error(path, format!("it cannot be read ({e})")),
    }
}

fn top_folders(files: &[Found]) -> BTreeSet<String> {
    files
        .iter()
        .filter_map(|f| f.path.split_once('/'))
        .map(|(top, _)| top.to_owned())
        .collect()
}

fn read(file: &Found, options: &Options, problems: &mut Vec<Problem>) -> Option<String> {
    let limit = u64::try_from(options.max_file_bytes).unwrap_or(u64::MAX);
    let bytes = match read_bytes(&file.full, limit) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let size = limit / 1024;
            problems.push(error(
                &file.path,
                format!("the file is larger than {size} KiB and is left out; split it"),
            ));
            return None;
        }
        Err(e) => {
            problems.push(error(
                &file.path,
                format!("the file cannot be read ({e}); check its rights"),
            ));
            return None;
        }
    };
    let Some(decoded) = decode(bytes) else {
        problems.push(error(
            &file.path,
            "the file is binary, not text; remove it or save it as UTF-8",
        ));
        return None;
    };
    if let Some(at) = decoded.doubtful_at {
        let line = decoded.text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let reason = "the file is not UTF-8; it was read as Windows-1252 or with damaged characters, save it as UTF-8";
        problems.push(problem(Severity::Warning, &file.path, Some(line), reason));
    }
    Some(decoded.text)
}

/// `None` if the file is larger than `limit`.
fn read_bytes(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    // Opening a pipe would wait for ever, so what it is comes first.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|len| len <= limit);
    Ok(fits.then_some(bytes))
}

/// Leaves out articles whose id or address another one has. Translations may share an address: all but the first get
/// their language in front of it.
fn unique(articles: Vec<Article>, options: &Options, problems: &mut Vec<Problem>) -> Vec<Article> {
    let mut ids: HashMap<String, String> = HashMap::new();
    let mut by_url: BTreeMap<String, Vec<Article>> = BTreeMap::new();
    for article in articles {
        if let Some(first) = ids.get(article.id.as_str()) {
            let reason = format!(
                "{first} has the id {:?} already; this file is left out, give it another id",
                article.id.as_str()
            );
            problems.push(error(&article.path, reason));
            continue;
        }
        ids.insert(article.id.0.clone(), article.path.clone());
        by_url.entry(article.url_path.clone()).or_default().push(article);
    }
    let taken: BTreeSet<String> = by_url.keys().cloned().collect();
    let main = options.languages.first().and_then(|l| lang::primary(l));
    let mut unique = Vec::new();
    for (url, mut same) in by_url {
        same.sort_by_key(|a| a.lang.is_none() || a.lang != main);
        let mut owners: Vec<(Option<String>, String)> = Vec::new();
        for mut article in same {
            if let Some((_, first)) = owners
                .iter()
                .find(|(lang, _)| *lang == article.lang || article.lang.is_none())
            {
                let reason =
                    format!("{first} has the address {url:?} already; this file is left out, give it another slug");
                problems.push(error(&article.path, reason));
                continue;
            }
            if let (Some((_, first)), Some(lang)) = (owners.first(), &article.lang) {
                let prefixed = format!("{lang}/{url}");
                if taken.contains(&prefixed) {
                    let reason =
                        format!("{first} has the address {url:?} already; this file is left out, give it another slug");
                    problems.push(error(&article.path, reason));
                    continue;
                }
                article.url_path = prefixed;
            }
            owners.push((article.lang.clone(), article.path.clone()));
            unique.push(article);
        }
    }
    unique
}

fn report_links(articles: &[Article], root: &Path, problems: &mut Vec<Problem>) {
    let resolver = LinkResolver::new(articles);
    for article in articles {
        let mut lines = None;
        for link in links_of(article) {
            let mut severity = Severity::Warning;
            let reason = match resolver.resolve(article, &link.target) {
                Link::HostSite => {
                    severity = Severity::Info;
                    format!(
                        "the link {:?} leads to the site around the help center; check it there",
                        link.target
                    )
                }
                Link::Broken => format!("the link {:?} leads nowhere; correct or remove it", link.target),
                Link::Asset(path) if !root.join(&path).is_file() => {
                    format!("the file {path:?} does not exist; add it or correct the link")
                }
                Link::Article { id, fragment: None, .. } => match link.target.split_once('#') {
                    Some((_, fragment)) if !fragment.is_empty() => {
                        format!(
                            "{} has no heading #{fragment}; correct the link {:?}",
                            id.as_str(),
                            link.target
                        )
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let line = lines
                .get_or_insert_with(|| LineTable::new(&article.source))
                .line(link.at);
            problems.push(problem(severity, &article.path, Some(line), reason));
        }
    }
}
