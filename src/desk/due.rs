//! What is due because time has passed.

use crate::store::Due;

use super::{
    Desk, DeskError,
    queue::{Act, Actor},
};

/// Tickets of one kind that are dealt with at a time, so that nothing else waits long.
const AT_ONCE: usize = 200;

impl Desk {
    /// Does what is due: claims run out, tickets come back, climb the ladder, have missed their promise or will soon. Returns how many
    /// tickets changed.
    ///
    /// # Errors
    /// The store's failure; what was done before it stays done.
    pub async fn tick(&self) -> Result<usize, DeskError> {
        let acts = [
            (Due::Claim, Act::LeaseEnded),
            (Due::Snooze, Act::Wake),
            (Due::Promise, Act::PromiseMissed),
            (Due::Warning, Act::PromiseSoon),
            (Due::Escalation, Act::Climb),
        ];
        let mut changed = 0;
        for (due, act) in acts {
            let now = self.inner.clock.now();
            for reference in self.inner.store.due_tickets(due, now, AT_ONCE).await? {
                match self.act(&reference, act.clone(), &Actor::clock(), None).await {
                    Ok(_) => changed += 1,
                    // Another server did it, or somebody replied in between.
                    Err(DeskError::NotNow { .. } | DeskError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(changed)
    }
}
