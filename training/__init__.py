"""One script for each shipped model.

`helpers` is imported first: it lets torchvision, which diffusers needs, load everywhere.
"""

import helpers as helpers
