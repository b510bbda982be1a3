"""The Python that the hub's models call: pure, typed functions."""

import os

# dbt runs models side by side and their matrices are small: several threads of linear
# algebra would wait for each other (18.8 s of processor time where one thread takes
# 0.7 s), and would add numbers up in another order on another machine. It has to be set
# before numpy loads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
