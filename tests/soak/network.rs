//! Two network namespaces on one bridge, made for a test and removed after it. Needs root and iproute2.

use std::{
    ffi::OsStr,
    net::SocketAddr,
    os::unix::fs::MetadataExt,
    process::{self, Command},
};

/// A bridge with two machines on it.
pub struct Network {
    id: u32,
    third: u32,
}

impl Network {
    /// Makes it.
    ///
    /// # Errors
    /// Why it cannot be made here, in one line.
    pub fn make() -> Result<Network, String> {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        if !is_root {
            return Err("network namespaces need root".into());
        }
        let id = process::id() % 100_000;
        let network = Network { id, third: id % 250 };
        network.build()?;
        Ok(network)
    }

    fn build(&self) -> Result<(), String> {
        let bridge = self.bridge();
        ip(&["link", "add", &bridge, "type", "bridge"])?;
        ip(&["address", "add", &format!("{}/24", self.address(1)), "dev", &bridge])?;
        ip(&["link", "set", &bridge, "up"])?;
        for machine in 0..2 {
            let (space, near, far) = (self.space(machine), self.cable(machine, "n"), self.cable(machine, "f"));
            ip(&["netns", "add", &space])?;
            ip(&["link", "add", &near, "type", "veth", "peer", "name", &far])?;
            ip(&["link", "set", &far, "netns", &space])?;
            ip(&["link", "set", &near, "master", &bridge])?;
            ip(&["link", "set", &near, "up"])?;
            let address = format!("{}/24", self.address(machine + 2));
            ip(&["-n", &space, "address", "add", &address, "dev", &far])?;
            ip(&["-n", &space, "link", "set", &far, "up"])?;
            ip(&["-n", &space, "link", "set", "lo", "up"])?;
        }
        Ok(())
    }

    /// The bridge's own address, which both machines reach.
    pub fn middle(&self) -> String {
        self.address(1)
    }

    /// Where a server on this machine (0 or 1) listens.
    pub fn listen(&self, machine: u32) -> SocketAddr {
        let address = format!("{}:8080", self.address(machine + 2));
        address.parse().expect("an address")
    }

    /// The command, run on this machine.
    pub fn on(&self, machine: u32, command: &Command) -> Command {
        let mut there = Command::new("ip");
        there.args(["netns", "exec", &self.space(machine)]);
        there.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => there.env(name, value),
                None => there.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            there.current_dir(folder);
        }
        there
    }

    fn address(&self, last: u32) -> String {
        format!("10.231.{}.{last}", self.third)
    }

    fn bridge(&self) -> String {
        format!("tanya{}", self.id)
    }

    fn space(&self, machine: u32) -> String {
        format!("tanya-{}-{machine}", self.id)
    }

    /// Names of interfaces have at most 15 characters.
    fn cable(&self, machine: u32, end: &str) -> String {
        format!("tanya{}{end}{machine}", self.id)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What was not made is not there.
        for machine in 0..2 {
            let _ = ip(&["link", "delete", &self.cable(machine, "n")]);
            let _ = ip(&["netns", "delete", &self.space(machine)]);
        }
        let _ = ip(&["link", "delete", &self.bridge()]);
    }
}

fn ip<S: AsRef<OsStr>>(args: &[S]) -> Result<(), String> {
    let output = Command::new("ip").args(args).output();
    let output = output.map_err(|error| format!("iproute2 is missing (`ip`: {error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("network namespaces cannot be made here: {}", told.trim()))
}
