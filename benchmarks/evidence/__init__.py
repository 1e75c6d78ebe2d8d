"""What each rule's hazard costs, and what its remedies save, measured.

    python -m benchmarks.evidence                    # every rule
    python -m benchmarks.evidence MEM101 MEM302      # some of them

One file per rule: `before` is the code the rule reports, every other fixture is a remedy or a
control. Each runs in a fresh process; nothing but the standard library is needed.
"""
