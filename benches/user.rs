//! What users feel.
fn main() {
    println!("{}", env!("CARGO_BIN_EXE_tanya"));
}
