"""A folder for each room of the product, and for `deploy/` and `docs/`, which ship with it.

A test is in the folder of the module whose promise it states, though most run the whole gateway.
`flow/` tests what no single room promises. `faults/` and `chaos/` break servers; all of them share
`harness/`. The worker's promises are in `faults/`.
"""
