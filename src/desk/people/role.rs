//! Who may do what: one table for roles, one for the scopes of API tokens.

pub use crate::store::{Role, Scope};

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See who works at the desk and when they are on duty.
    SeePeople,
    /// Look at the queue and its conversations.
    ReadTickets,
    /// Claim, answer, route and resolve tickets.
    WorkTickets,
    /// See what is asked, what the articles cover, and gaps.
    SeeCoverage,
    /// Change articles and what belongs to them.
    WriteArticles,
    /// End a conversation against the customer's will.
    EndConversations,
    /// See numbers about single people.
    SeeNumbersOfPeople,
    /// Change the rota.
    EditRota,
    /// Add, change and disable people, and let them in by a link.
    ManagePeople,
    /// The same for administrators, and making somebody one.
    ManageAdministrators,
    /// Make and revoke API tokens.
    ManageTokens,
    /// Change how the desk works.
    ChangeSettings,
    /// Read who did what.
    ReadAudit,
}

impl Permission {
    /// All of them.
    pub const ALL: [Permission; 13] = [
        Permission::SeePeople,
        Permission::ReadTickets,
        Permission::WorkTickets,
        Permission::SeeCoverage,
        Permission::WriteArticles,
        Permission::EndConversations,
        Permission::SeeNumbersOfPeople,
        Permission::EditRota,
        Permission::ManagePeople,
        Permission::ManageAdministrators,
        Permission::ManageTokens,
        Permission::ChangeSettings,
        Permission::ReadAudit,
    ];

    /// The table: the roles that have it, and the scopes that include it.
    fn row(self) -> (&'static [Role], &'static [Scope]) {
        use Role::{Administrator, Agent, Manager, Writer};
        use Scope::{Admin, CoverageRead, PeopleWrite, TicketsRead, TicketsWrite};
        match self {
            Permission::SeePeople => (
                &[Agent, Writer, Manager, Administrator],
                &[TicketsRead, TicketsWrite, PeopleWrite, Admin],
            ),
            Permission::ReadTickets => (&[Agent, Manager, Administrator], &[TicketsRead, TicketsWrite, Admin]),
            Permission::WorkTickets => (&[Agent, Manager, Administrator], &[TicketsWrite, Admin]),
            Permission::SeeCoverage => (&[Writer, Manager, Administrator], &[CoverageRead, Admin]),
            Permission::WriteArticles => (&[Writer, Manager, Administrator], &[Admin]),
            Permission::EndConversations => (&[Manager, Administrator], &[Admin]),
            Permission::SeeNumbersOfPeople => (&[Manager, Administrator], &[Admin]),
            Permission::EditRota => (&[Manager, Administrator], &[PeopleWrite, Admin]),
            Permission::ManagePeople => (&[Manager, Administrator], &[PeopleWrite, Admin]),
            Permission::ManageAdministrators => (&[Administrator], &[Admin]),
            Permission::ManageTokens => (&[Administrator], &[Admin]),
            Permission::ChangeSettings => (&[Administrator], &[Admin]),
            Permission::ReadAudit => (&[Administrator], &[Admin]),
        }
    }

    /// The roles that have it, the one with the fewest rights first.
    pub fn roles(self) -> &'static [Role] {
        self.row().0
    }

    /// What it lets one do, to be read after "you may not".
    pub fn deed(self) -> &'static str {
        match self {
            Permission::SeePeople => "see who works here",
            Permission::ReadTickets => "look at tickets",
            Permission::WorkTickets => "work tickets",
            Permission::SeeCoverage => "see what is asked and covered",
            Permission::WriteArticles => "change articles",
            Permission::EndConversations => "end conversations",
            Permission::SeeNumbersOfPeople => "see numbers of people",
            Permission::EditRota => "change the rota",
            Permission::ManagePeople => "change people",
            Permission::ManageAdministrators => "change administrators or make somebody one",
            Permission::ManageTokens => "make or revoke tokens",
            Permission::ChangeSettings => "change settings",
            Permission::ReadAudit => "read the audit log",
        }
    }
}

impl Role {
    /// Whether somebody with this role may do this.
    pub fn may(self, permission: Permission) -> bool {
        permission.row().0.contains(&self)
    }
}

impl Scope {
    /// Whether a token with this scope may do this.
    pub fn may(self, permission: Permission) -> bool {
        permission.row().1.contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_may_do_everything_and_a_manager_what_agents_and_writers_may() {
        for permission in Permission::ALL {
            assert!(Role::Administrator.may(permission), "{permission:?}");
            assert!(Scope::Admin.may(permission), "{permission:?}");
            if Role::Agent.may(permission) || Role::Writer.may(permission) {
                assert!(Role::Manager.may(permission), "{permission:?}");
            }
        }
    }

    #[test]
    fn agents_and_writers_stay_within_their_work() {
        assert!(Role::Agent.may(Permission::WorkTickets) && !Role::Agent.may(Permission::WriteArticles));
        assert!(Role::Writer.may(Permission::WriteArticles) && !Role::Writer.may(Permission::ReadTickets));
        for role in [Role::Agent, Role::Writer] {
            for permission in [
                Permission::EndConversations,
                Permission::SeeNumbersOfPeople,
                Permission::EditRota,
                Permission::ManagePeople,
            ] {
                assert!(!role.may(permission), "{role:?} {permission:?}");
                assert!(Role::Manager.may(permission), "{permission:?}");
            }
        }
        for permission in [
            Permission::ManageAdministrators,
            Permission::ManageTokens,
            Permission::ChangeSettings,
            Permission::ReadAudit,
        ] {
            assert!(!Role::Manager.may(permission), "{permission:?}");
        }
    }

    #[test]
    fn no_scope_but_admin_leads_to_more_rights() {
        for scope in Scope::ALL.into_iter().filter(|scope| *scope != Scope::Admin) {
            assert!(!scope.may(Permission::ManageAdministrators) && !scope.may(Permission::ManageTokens));
        }
        assert!(!Scope::TicketsRead.may(Permission::WorkTickets) && Scope::TicketsWrite.may(Permission::ReadTickets));
    }
}
