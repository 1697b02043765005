//! What users feel: how long a question takes, how soon an edit is visible, how fast a server is there, what it needs.
//!
//! ```text
//! cargo bench --bench user                 all of it
//! cargo bench --bench user -- small        about 200 articles: logingov-help where the evaluation sets are, else the demo kb
//! cargo bench --bench user -- large        10,000 generated articles; the first run embeds for minutes, later ones reuse
//!                                          the index below target/
//! cargo bench --bench user -- scan         exact scan against graph, which sets GRAPH_FROM
//! ```
//!
//! Needs ONNX Runtime (`make setup`). Every time stands beside the bare time of embedding the same texts, taken in turns
//! in the same run, because machines differ and are seldom idle. Seeds are fixed; assertions make sure that the work was
//! done.

#[path = "../tests/core/client.rs"]
mod client;
mod generated;

use std::{
    collections::HashSet,
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use tanya::{
    answer::{Answerer, Outcome, Question},
    app,
    clock::SystemClock,
    config::Config,
    eval::{labelled, metrics::quantile},
    kb::Kb,
    search::{
        Embedder, Generation, Reuse, Shelf,
        model::{Model, Session},
        shelf::{Silent, texts_of},
        vectors::{VectorIndex, Vectors, fixed},
    },
};

use client::Server;

/// Questions that a median and a 99th percentile are taken from.
const QUESTIONS: usize = 1_200;
/// Questions before memory is looked at.
const BEFORE_MEMORY: usize = 200;
/// Embedding takes a tenth of a millisecond for each token on the machine that the aims were written for: questions of so
/// many words are shown apart.
const SHORT: usize = 6;
/// Starts that the median is taken from.
const STARTS: usize = 5;
/// Rows that an answer takes from the vectors; see `search::searcher`.
const ROWS: usize = 160;

fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|arg| arg == part || arg == "all");
    if let Some(unknown) = wanted
        .iter()
        .find(|arg| !["small", "large", "scan", "all"].contains(&arg.as_str()))
    {
        eprintln!("there is no part {unknown:?}: small, large, scan or all");
        std::process::exit(2);
    }
    let model = match Model::load("").and_then(|model| model.session().map(|session| (model, session))) {
        Ok((model, _)) => model,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    println!(
        "{cores} cores; load when it began: {}",
        load.split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
    let mut table = Table::default();
    if wants("small") {
        whole(&small(), &model, &mut table);
    }
    if wants("large") || wants("scan") {
        let large = large();
        if wants("large") {
            whole(&large, &model, &mut table);
        }
        if wants("scan") {
            scan(&large, &mut table);
        }
    }
    table.print();
}

/// A help center to measure.
struct Center {
    name: &'static str,
    config: Config,
    kb: Kb,
    /// Distinct, so that no vector is in a cache.
    questions: Vec<String>,
}

fn work() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("user-bench")
}

fn small() -> Center {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let set = labelled::eval_dir()
        .map(|dir| dir.join("logingov-help"))
        .filter(|set| set.join("tree").is_dir());
    let (name, kb, questions) = match set {
        Some(set) => ("logingov-help", set.join("tree"), set.join("questions.jsonl")),
        None => ("demo kb", project.join("kb"), project.join("kb/questions.jsonl")),
    };
    let config = Config {
        kb,
        data: work().join("small"),
        ..Config::default()
    };
    let asked = labelled::read(&questions).expect("questions");
    // The same question in other words is another text to the model and the cache.
    let mut distinct = HashSet::new();
    let questions = [
        "",
        "hi, ",
        "quick question: ",
        "please help me, ",
        "I wonder about this: ",
    ]
    .iter()
    .flat_map(|before| {
        asked
            .iter()
            .map(move |labelled| format!("{before}{}", labelled.question))
    })
    .filter(|question| distinct.insert(question.clone()))
    .collect();
    center(name, config, questions)
}

fn large() -> Center {
    let articles = generated::articles(10_000);
    let folder = work().join(format!("large-{}", generated::hash(&articles)));
    let kb = folder.join("kb");
    if !folder.join("written").exists() {
        for (path, text) in &articles {
            let path = kb.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        fs::write(folder.join("written"), "").expect("written");
    }
    let config = Config {
        kb,
        data: folder.join("data"),
        ..Config::default()
    };
    center("10,000 generated", config, generated::questions(3 * QUESTIONS))
}

fn center(name: &'static str, config: Config, questions: Vec<String>) -> Center {
    let started = Instant::now();
    let kb = app::read_kb(&config, &SystemClock).expect("a kb");
    println!(
        "\n{name}: {} articles read in {:.2} s",
        kb.articles.len(),
        started.elapsed().as_secs_f64()
    );
    assert!(questions.len() >= QUESTIONS, "{} questions", questions.len());
    Center {
        name,
        config,
        kb,
        questions,
    }
}

/// Everything that is measured of one help center.
fn whole(center: &Center, model: &Model, table: &mut Table) {
    table.head(center.name);
    let embedder = app::start_embedder(&center.config).expect("it loaded before");
    indexing(center, model, &embedder, table);
    let answerer = answerer(center, &embedder);
    deciding(center, &answerer, model, table);
    drop((answerer, embedder));
    serving(center, table);
}

fn answerer(center: &Center, embedder: &Embedder) -> Answerer {
    let generation = open(center);
    let weights = app::load_weights(&center.config).expect("weights");
    app::answerer(&center.config, generation, Ok(embedder.clone()), weights).expect("an answerer")
}

fn open(center: &Center) -> Generation {
    Shelf::new(&center.config.data).open(None).expect("a generation")
}

/// The texts that are embedded for a kb.
fn texts(kb: &Kb) -> Vec<String> {
    kb.articles.iter().flat_map(texts_of).collect()
}

/// Seconds to embed all of them with nothing around it, on as many threads as the product uses.
fn embed_bare(model: &Model, texts: &[String]) -> f64 {
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get()).min(8);
    let mut sessions: Vec<Session> = (0..threads)
        .map(|_| model.session().expect("it loaded before"))
        .collect();
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for session in &mut sessions {
            scope.spawn(|| {
                while let Some(text) = texts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    black_box(session.embed(text).expect("a vector"));
                }
            });
        }
    });
    started.elapsed().as_secs_f64()
}

/// A build from nothing, one of a single edit, and what embedding alone would have taken.
fn indexing(center: &Center, model: &Model, embedder: &Embedder, table: &mut Table) {
    let clock = SystemClock;
    let vectors = texts(&center.kb);
    let notes = center.config.data.join("bench.txt");
    let build = |kb: &Kb, reuse| {
        let started = Instant::now();
        let report =
            app::build_index(&center.config, kb, Some(embedder), reuse, &clock, &mut Silent).expect("an index");
        (report, started.elapsed().as_secs_f64())
    };
    let is_large = vectors.len() > 20_000;
    if is_large && notes.exists() {
        build(&center.kb, Reuse::Vectors);
    } else {
        let mut distinct = vectors.clone();
        distinct.sort_unstable();
        distinct.dedup();
        // All of them, before and after: a processor that is busy for minutes is slower than one that is for seconds.
        let before = embed_bare(model, &distinct);
        let (report, seconds) = build(&center.kb, Reuse::Nothing);
        let after = embed_bare(model, &distinct);
        println!("embedding alone took {before:.1} s before and {after:.1} s after");
        assert_eq!((report.vectors, report.embedded), (vectors.len(), distinct.len()));
        fs::write(&notes, format!("{seconds} {}", (before + after) / 2.0)).expect("written");
    }
    let noted = fs::read_to_string(&notes).expect("a note");
    let (seconds, bare) = noted.split_once(' ').expect("two numbers");
    let (seconds, bare): (f64, f64) = (seconds.parse().expect("a number"), bare.parse().expect("a number"));
    table.row("vectors", format!("{}", vectors.len()), "");
    table.row("index from nothing", format!("{seconds:.1} s"), "");
    table.aim(
        "  beside embedding alone",
        seconds / bare,
        1.15,
        format!("× {bare:.1} s"),
    );

    let mut edited = center.kb.clone();
    let middle = edited.articles.len() / 2;
    edited.articles[middle].passages[0]
        .text
        .push_str(" And one sentence more.");
    let (report, seconds) = build(&edited, Reuse::Vectors);
    assert!(report.switched && report.embedded == 1, "{report:?}");
    table.row("index after one edit", format!("{seconds:.2} s"), "");
    let (report, seconds) = build(&center.kb, Reuse::Vectors);
    assert!(report.switched && report.embedded <= 1, "{report:?}");
    let (report, unchanged) = build(&center.kb, Reuse::Vectors);
    assert!(!report.switched);
    table.row("  and back", format!("{seconds:.2} s"), "");
    table.row("index when nothing changed", format!("{unchanged:.2} s"), "");
}

/// Question to decision inside the process, question by question in turns with the bare embedding of the same text.
fn deciding(center: &Center, answerer: &Answerer, model: &Model, table: &mut Table) {
    let mut session = model.session().expect("it loaded before");
    let mut rules = Times::default();
    let asked = &center.questions[..QUESTIONS];
    let decide = |text: &str| {
        let question = Question {
            text: text.to_owned(),
            ..Question::default()
        };
        timed(|| {
            answerer
                .decide_blocking(String::new(), &question, false)
                .expect("a decision")
        })
    };
    for text in &center.questions[QUESTIONS..].iter().take(50).collect::<Vec<_>>() {
        decide(text);
        session.embed(text).expect("a vector");
    }
    let (mut bare, mut decided, mut cached, mut words) =
        (Times::default(), Times::default(), Times::default(), Times::default());
    let (mut found, mut answers) = (0, 0);
    for text in asked {
        let (vector, time) = timed(|| session.embed(text).expect("a vector"));
        black_box(vector);
        bare.add(time);
        let (decision, time) = decide(text);
        decided.add(time);
        found += usize::from(!decision.ranked.is_empty());
        answers += usize::from(decision.decision.decision == Outcome::Answer);
        let (again, time) = decide(text);
        assert_eq!(again.decision.confidence, decision.decision.confidence);
        cached.add(time);
        let (ranking, time) = timed(|| answerer.searcher().rank_lexical(text, None).expect("a ranking"));
        black_box(ranking.ranked.len());
        words.add(time);
        let policy = answerer.policy();
        let (rule, time) = timed(|| policy.matching(text));
        black_box(rule);
        rules.add(time);
    }
    assert!(
        found * 100 >= asked.len() * 99,
        "{found} of {} questions found anything",
        asked.len()
    );
    println!(
        "{answers} of {} questions were answered, the others asked back or were handed over",
        asked.len()
    );
    table.row("bare embedding of a question", bare.show(), "");
    table.row("question to decision", decided.show(), "");
    table.aim(
        "  beside bare embedding, median",
        decided.at(0.5) / bare.at(0.5),
        1.5,
        "×".into(),
    );
    table.row("question asked before", cached.show(), "");
    table.row("  by words alone", words.show(), "");
    table.row("  its rules alone", rules.show(), "");
}

/// The server as a process: start, memory, replies.
fn serving(center: &Center, table: &mut Table) {
    let settings = center.config.data.join("bench.toml");
    let text = format!(
        "kb = {:?}\ndata = {:?}\n[server]\nrequests_per_minute = 10000000\n",
        fs::canonicalize(&center.config.kb).expect("a folder"),
        fs::canonicalize(&center.config.data).expect("a folder"),
    );
    fs::write(&settings, text).expect("written");
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tanya"));
        command
            .arg("--config")
            .arg(&settings)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TANYA_")) {
            command.env_remove(name);
        }
        command
    };
    // As an operator does before the first start; the server then knows that nothing has changed.
    let mut index = Command::new(env!("CARGO_BIN_EXE_tanya"));
    index.arg("--config").arg(&settings).arg("index");
    let indexed = index.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it runs");
    assert!(indexed.status.success(), "{}", String::from_utf8_lossy(&indexed.stderr));
    let mut starts = Times::default();
    let mut running = None;
    for _ in 0..STARTS {
        drop(running.take());
        let (server, time) = timed(|| {
            let server = Server::start(command());
            let decision = server.client().ask(&center.questions[0]).expect("a decision");
            assert!(decision["generation"].is_string());
            server
        });
        starts.add(time);
        running = Some(server);
    }
    table.aim("start to first answer, median", starts.at(0.5), 0.5, "s".into());
    let server = running.expect("it started");
    let mut client = server.client();
    let (first, rest) = center.questions[1..].split_at(BEFORE_MEMORY);
    for question in first {
        client.ask(question).expect("a decision");
    }
    if let Some(megabytes) = resident(server.pid(), "VmRSS") {
        table.aim("memory after 200 questions", megabytes, 300.0, "MB".into());
    }
    if let Some(megabytes) = resident(server.pid(), "VmHWM") {
        table.row("  at its highest", format!("{megabytes:.0} MB"), "");
    }
    let (mut asks, mut short) = (Times::default(), Times::default());
    for question in rest.iter().take(QUESTIONS - BEFORE_MEMORY) {
        let (decision, time) = timed(|| client.ask(question).expect("a decision"));
        assert!(decision["decision"].is_string());
        asks.add(time);
        if question.split_whitespace().count() <= SHORT {
            short.add(time);
        }
    }
    table.row("POST /api/v1/ask", asks.show(), "");
    table.aim("  median", asks.at(0.5) * 1e3, 2.0, "ms".into());
    if !short.0.is_empty() {
        let name = format!("  of at most {SHORT} words");
        table.row(&name, short.show(), &format!("{} questions", short.0.len()));
    }
    let (mut suggests, mut some) = (Times::default(), 0);
    for (number, question) in center.questions.iter().take(QUESTIONS).enumerate() {
        // Somewhere in the middle of typing.
        let letters = question.chars().count();
        let typed: String = question
            .chars()
            .take(3 + number % letters.saturating_sub(2).max(1))
            .collect();
        let path = format!("/api/v1/suggest?q={}", encode(&typed));
        let ((status, body), time) = timed(|| client.get(&path).expect("a reply"));
        assert_eq!(status, 200, "{body}");
        some += usize::from(body.contains("\"article\""));
        suggests.add(time);
    }
    assert!(some * 10 > QUESTIONS * 7, "{some} of {QUESTIONS} had suggestions");
    table.row("GET /api/v1/suggest", suggests.show(), "");
    table.aim("  median", suggests.at(0.5) * 1e3, 1.0, "ms".into());
    if let Some(megabytes) = resident(server.pid(), "VmRSS") {
        table.row("memory at the end", format!("{megabytes:.0} MB"), "");
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Megabytes of a process, from its status file; `None` where there is none.
fn resident(pid: u32, field: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// The scan looks at every row; the graph at some. Both over the vectors of real (generated) passages.
fn scan(center: &Center, table: &mut Table) {
    table.head("nearest vectors, one thread");
    let embedder = app::start_embedder(&center.config).expect("it loaded before");
    app::build_index(
        &center.config,
        &center.kb,
        Some(&embedder),
        Reuse::Vectors,
        &SystemClock,
        &mut Silent,
    )
    .expect("an index");
    let shelf = Shelf::new(&center.config.data);
    let folder = center
        .config
        .data
        .join("index")
        .join(shelf.current().expect("a generation"));
    let dimensions = embedder.description().dimensions;
    let bytes = fs::read(folder.join("vectors.bin")).expect("vectors");
    let flat: Vec<i16> = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|bytes| i16::from_le_bytes(*bytes))
        .collect();
    let queries = embedder
        .embed_passages(&center.questions[..300], || {})
        .expect("vectors");
    let queries: Vec<Vec<i16>> = queries.iter().map(|query| fixed(query)).collect();
    let rows = flat.len() / dimensions;
    for size in [2_500, 5_000, 10_000, 20_000, rows]
        .into_iter()
        .filter(|size| *size <= rows)
    {
        // Every n-th, so that a smaller set is as varied as the whole.
        let chosen = (0..size).flat_map(|n| {
            let row = n * rows / size;
            flat[row * dimensions..(row + 1) * dimensions].iter().copied()
        });
        let vectors = Vectors::new(dimensions, chosen.collect::<Vec<i16>>());
        let exact = VectorIndex::Exact(vectors.clone());
        let sketched = VectorIndex::build(vectors.clone(), usize::MAX, |_| {});
        let (graph, built) = timed(|| VectorIndex::build(vectors, 0, |_| {}));
        assert!(matches!(graph, VectorIndex::Graph(..)));
        let (mut scanned, truth) = nearest(&exact, &queries);
        table.row(&format!("{size} vectors, scan"), scanned.show(), "");
        let mut others = vec![("  graph", &graph, format!("built in {:.1} s, ", built.as_secs_f64()))];
        if matches!(sketched, VectorIndex::Sketched(..)) {
            others.push(("  sketches", &sketched, String::new()));
        }
        for (name, index, note) in others {
            let found;
            (scanned, found) = nearest(index, &queries);
            let same = |(found, truth): (&Vec<usize>, &Vec<usize>)| {
                found.iter().take(40).filter(|row| truth[..32].contains(row)).count()
            };
            let recall = found.iter().zip(&truth).map(same).sum::<usize>() as f64 / (32 * queries.len()) as f64;
            table.row(name, scanned.show(), &format!("{note}recall@32 {recall:.4}"));
        }
    }
}

/// The rows nearest to each question, and how long that took.
fn nearest(index: &VectorIndex, queries: &[Vec<i16>]) -> (Times, Vec<Vec<usize>>) {
    let mut times = Times::default();
    let found = queries.iter().map(|query| {
        let (found, time) = timed(|| index.nearest(query, ROWS));
        times.add(time);
        found.into_iter().map(|(row, _)| row).collect()
    });
    let found = found.collect();
    (times, found)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let value = work();
    (value, started.elapsed())
}

/// Durations of the same thing, in seconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64());
    }

    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        quantile(&sorted, share)
    }

    fn show(&self) -> String {
        format!("p50 {:.3} ms, p99 {:.3} ms", self.at(0.5) * 1e3, self.at(0.99) * 1e3)
    }
}

/// What is printed at the end: what, how much, what was aimed at.
#[derive(Default)]
struct Table(Vec<[String; 3]>);

impl Table {
    fn head(&mut self, name: &str) {
        self.0.push([String::new(), String::new(), String::new()]);
        self.0.push([name.to_uppercase(), String::new(), String::new()]);
    }

    fn row(&mut self, what: &str, value: String, note: &str) {
        println!("{what}: {value} {note}");
        self.0.push([what.into(), value, note.into()]);
    }

    fn aim(&mut self, what: &str, value: f64, most: f64, unit: String) {
        let met = if value <= most { "met" } else { "MISSED" };
        self.row(what, format!("{value:.2} {unit}"), &format!("aim ≤ {most}: {met}"));
    }

    fn print(&self) {
        println!();
        for [what, value, note] in &self.0 {
            println!("{what:<34} {value:<34} {note}");
        }
    }
}
