//! How often one client may do what: a token bucket per operation and client address.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock};

use super::{
    client::Client,
    error::{Code, Problem},
};
use crate::config::ServerConfig;

/// What is limited; every operation has buckets of its own, so that typing does not use up asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A decision (API or search page).
    Ask,
    /// Ranked articles.
    Search,
    /// Suggestions while typing.
    Suggest,
    /// Opening a ticket.
    OpenTicket,
    /// A vote on an article.
    Vote,
    /// A wrong bearer token.
    WrongToken,
    /// Signing in: each attempt costs a password hash.
    SignIn,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Operation::Ask => "ask",
            Operation::Search => "search",
            Operation::Suggest => "suggest",
            Operation::OpenTicket => "open_ticket",
            Operation::Vote => "vote",
            Operation::WrongToken => "wrong_token",
            Operation::SignIn => "sign_in",
        }
    }
}

/// Wrong tokens a minute from one client. People mistype; nobody mistypes this often.
const WRONG_TOKENS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// Votes a minute from one client. A page of articles is not read faster than this; ballots are stuffed faster.
const VOTES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// Attempts to sign in a minute from one client, which may be an office where everybody begins at nine.
const SIGN_INS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// How often [`Limits::forget_idle`] should run. A bucket that nobody used for a minute is full again and can go.
pub const CLEAN_EVERY: Duration = Duration::from_secs(60);

type Buckets = DefaultKeyedRateLimiter<IpAddr>;

/// The buckets of all operations.
pub struct Limits {
    ask: Option<Buckets>,
    search: Option<Buckets>,
    suggest: Option<Buckets>,
    open_ticket: Option<Buckets>,
    vote: Option<Buckets>,
    wrong_token: Option<Buckets>,
    sign_in: Option<Buckets>,
}

impl Limits {
    /// Buckets as configured; a limit of 0 means none.
    pub fn new(config: &ServerConfig) -> Self {
        let per_minute = || NonZeroU32::new(config.requests_per_minute).map(|n| Buckets::keyed(Quota::per_minute(n)));
        Limits {
            ask: per_minute(),
            search: per_minute(),
            suggest: per_minute(),
            open_ticket: NonZeroU32::new(config.tickets_per_hour).map(|n| Buckets::keyed(Quota::per_hour(n))),
            vote: Some(Buckets::keyed(Quota::per_minute(VOTES_PER_MINUTE))),
            wrong_token: Some(Buckets::keyed(Quota::per_minute(WRONG_TOKENS_PER_MINUTE))),
            sign_in: Some(Buckets::keyed(Quota::per_minute(SIGN_INS_PER_MINUTE))),
        }
    }

    fn of(&self, operation: Operation) -> Option<&Buckets> {
        match operation {
            Operation::Ask => &self.ask,
            Operation::Search => &self.search,
            Operation::Suggest => &self.suggest,
            Operation::OpenTicket => &self.open_ticket,
            Operation::Vote => &self.vote,
            Operation::WrongToken => &self.wrong_token,
            Operation::SignIn => &self.sign_in,
        }
        .as_ref()
    }

    /// Takes one token from the client's bucket.
    ///
    /// # Errors
    /// 429 with the time to wait when the bucket is empty.
    pub fn check(&self, operation: Operation, client: Client) -> Result<(), Problem> {
        let Some(buckets) = self.of(operation) else {
            return Ok(());
        };
        let Err(not_until) = buckets.check_key(&client.rate_key()) else {
            return Ok(());
        };
        metrics::counter!("tanya_rate_limited_total", "operation" => operation.name()).increment(1);
        let wait = not_until
            .wait_time_from(buckets.clock().now())
            .max(Duration::from_secs(1));
        let seconds = wait.as_secs_f64().ceil();
        Err(Problem::new(
            Code::RateLimited,
            format!("This client has sent too many requests. Try again in {seconds} seconds."),
        )
        .retry_after(wait))
    }

    /// Drops buckets that are full again, so that memory follows the clients of the last minutes, not all there ever were.
    pub fn forget_idle(&self) {
        let started = Instant::now();
        for buckets in [
            &self.ask,
            &self.search,
            &self.suggest,
            &self.open_ticket,
            &self.vote,
            &self.wrong_token,
            &self.sign_in,
        ]
        .into_iter()
        .flatten()
        {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
        tracing::trace!(took = ?started.elapsed(), "dropped idle rate limit buckets");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Client {
            addr: IpAddr::from([203, 0, 113, last]),
        }
    }

    #[test]
    fn the_bucket_of_one_client_and_operation_does_not_touch_the_others() {
        let limits = Limits::new(&ServerConfig {
            requests_per_minute: 2,
            ..ServerConfig::default()
        });
        assert!(limits.check(Operation::Ask, client(1)).is_ok());
        assert!(limits.check(Operation::Ask, client(1)).is_ok());
        let refused = limits.check(Operation::Ask, client(1)).expect_err("the third one");
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_seconds().is_some_and(|s| (1..=60).contains(&s)));
        assert!(limits.check(Operation::Ask, client(2)).is_ok());
        assert!(limits.check(Operation::Search, client(1)).is_ok());
    }

    #[test]
    fn zero_means_no_limit() {
        let limits = Limits::new(&ServerConfig {
            requests_per_minute: 0,
            ..ServerConfig::default()
        });
        assert!((0..2000).all(|_| limits.check(Operation::Ask, client(1)).is_ok()));
    }
}
