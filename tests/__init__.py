"""A folder for each room of the product, and for what the product is shipped with: `deploy/` and `docs/`.

A test is in the folder of the module whose promise it states, though most run the whole gateway. `flow/` is for what no
single room promises. `faults/` and `chaos/` break servers; `harness/` is what all of them share. `worker` has no
folder: `faults/` holds its promises.
"""
