"""The rules of a contract: what each means, why it exists, how to fix what it reports."""

from gatekeeper.report.explanations_review import Rule

OUT_OF_CONTRACT = Rule(
    "out-of-contract",
    "A commit of the branch touches a path that its contract forbids, or one outside those that it allows.",
    "Workers that stay in their own part of the tree do not get in each other's way; each commit counts, also when a "
    "later one takes it back.",
    "Rewrite the branch without that change (git rebase -i); or whoever agreed the contract states it anew: "
    "gate contract set BRANCH …",
)
CONTRACT = (
    Rule(
        "contract-base",
        "The branch was judged against another base than agreed, or the agreed one does not exist.",
        "Policy, baseline and merge depend on the base: a verdict against another one is about another change.",
        "Leave --base out, the contract names the base; or state the contract anew.",
    ),
    Rule(
        "contract-worktree",
        "The branch is checked out elsewhere than agreed, or the agreed worktree holds something else.",
        "Two workers in one worktree overwrite each other's files.",
        "Work in the agreed place (gate contract show BRANCH), or state the contract anew.",
    ),
    Rule(
        "contract-title",
        "No commit of the branch has the agreed title in its subject line (merges do not count, case does).",
        "People and tools find the work by its title.",
        "git commit --amend, or git rebase -i with reword.",
    ),
    Rule(
        "contract-commit-format",
        "The subject line of a commit that is no merge does not match the agreed regular expression.",
        "Change logs and releases are made from subject lines.",
        "git commit --amend, or git rebase -i with reword.",
    ),
    Rule(
        "worker-merged",
        "Commits made on the branch are on its base while the contract holds: on the local branch, or on what was "
        "last fetched of it.",
        "What is on the base was to be judged first. Git does not say who merged it.",
        "A person who merged it ends the contract: gate contract remove BRANCH. Else take the commits off the base.",
    ),
    Rule(
        "worker-pushed-base",
        "Commits made on the branch went to the base of another repository by a push from this one.",
        "Others have them already, judged or not.",
        "A person who pushed it ends the contract: gate contract remove BRANCH. Else revert them on the base.",
    ),
    Rule(
        "worker-cleaned-up",
        "A branch with a contract is gone, or its agreed worktree is and the branch is checked out nowhere.",
        "What a worker removes by itself nobody can look at: uncommitted work, logs, the reflog.",
        "Bring it back (git worktree add DIR BRANCH); when the work is done or given up: gate contract remove BRANCH.",
    ),
)
