"""The way of working that Landfall replaces, in miniature, to be measured beside it.

Written from the description of the old import routes, not from their code: every object by REST `query_all` into a
list, then record by record through an ORM, with the commits that the routes made. It keeps the cost of the old shape
and none of its logic's detail; what it leaves out (district inference, quality flags, report caches) would cost more.
"""
