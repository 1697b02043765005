use std::path::Path;
use tanya::{eval::study, search::{Embedder, model::Model}};
fn main() -> anyhow::Result<()> {
    let t = std::time::Instant::now();
    let embedder = Embedder::start(Model::load("")?, 2, 1000)?;
    eprintln!("{:?}", t.elapsed());
    let s = study::Study::gather(Path::new("../shared/eval"), Path::new("target/eval"), &embedder, &mut |name| eprintln!("{name} {:?}", t.elapsed()))?;
    eprintln!("{:?}", t.elapsed());
    println!("{}", study::table(&s.held_out()));
    eprintln!("{:?}", t.elapsed());
    std::fs::write("models/weights.toml", s.fit_all(0.8, &[])?)?;
    Ok(())
}
