//! A PostgreSQL server of one's own, through `scripts/postgres.py`. Also used by the bench.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

/// A server that ends when it is dropped.
pub struct PostgresServer {
    child: Child,
    /// Its address.
    pub url: String,
}

impl PostgresServer {
    /// Starts one; `flags` are those of the script.
    ///
    /// # Errors
    /// Why there is none, in one line.
    pub fn start(flags: &[&str]) -> Result<PostgresServer, String> {
        let python = env::var("PYTHON").unwrap_or_else(|_| "python3".into());
        let mut child = Command::new(python)
            .arg("scripts/postgres.py")
            .args(flags)
            // It tells its address and ends when nobody holds the other end of its input any more.
            .args(["sh", "-c", "echo $TANYA_TEST_POSTGRES; exec cat"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("scripts/postgres.py could not be run: {error}"))?;
        let mut url = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        let read = BufReader::new(stdout).read_line(&mut url);
        if read.is_err() || url.trim().is_empty() {
            let mut why = String::new();
            let _ = child.stderr.take().expect("piped").read_to_string(&mut why);
            let _ = child.wait();
            return Err(why.trim().lines().last().unwrap_or("it did not start").to_owned());
        }
        let url = url.trim().to_owned();
        Ok(PostgresServer { child, url })
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
