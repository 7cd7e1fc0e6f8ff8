"""What does not exist, asked for a thousand times: whether anything of it reaches the guide as if it did.

Every prompt goes through a whole house twice: once worded by the composer, once by a model that grants whatever is asked
and makes up more. The judge reads only what was shown and the shop's own tables; it shares the reading of figures with the
guard and none of its decisions.
"""
